import { auditedUnder } from '../policy/decision.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { REFUSALS } from './record.ts';
import { runFacts } from './same-run.ts';
import { mustEqual } from './verdict.ts';

/** The status follows from the rest of the record; one that does not was made up. */
export function checkStatus(predicate: DbtRunPredicate): string {
  const { status, decision, dbt, failure, identity, plan } = predicate;
  const { stopped, wentOn } = consequence(decision);
  const invocations = dbt?.invocations ?? [];
  const codes = invocations.map((invocation) => invocation.exitCode);
  const standing = codes.filter((_, index) => !wasRepeated(invocations, index));
  const refusedPlan = isRefusal(failure) && codes.length === 0;
  const unhindered = failure === undefined && wentOn && identity !== undefined;
  const clean = unhindered && !strayed(predicate) && plan !== undefined;
  const possible = {
    succeeded: clean && dbt?.exitCode === 0 && codes.length > 0 && standing.every((code) => code === 0),
    'dry-run': clean && codes.length === 0,
    'auth-only': unhindered && plan === undefined && dbt === undefined,
    denied: (stopped && codes.length === 0) || refusedPlan,
    failed: failure !== undefined && !stopped && !refusedPlan,
    cancelled: !stopped || codes.length === 0,
  };
  if (![possible[status], fitsMode(predicate)].every(Boolean))
    throw new Error(`status ${status} contradicts the mode, the decision, the failure or dbt's exit codes`);
  return `${status}, and the record agrees`;
}

/** A command that failed counts by its `retry`, which ran everything of it that had failed or was skipped. */
function wasRepeated(
  invocations: NonNullable<DbtRunPredicate['dbt']>['invocations'],
  index: number,
): boolean {
  const [failed, retry] = invocations.slice(index);
  if (failed === undefined || retry?.repeats !== true || failed.exitCode !== 1) return false;
  const { missing, ...results } = retry.nodes;
  const again = new Set(Object.values(results).flat());
  const left = [...failed.nodes.failed, ...failed.nodes.skipped].filter((id) => !id.startsWith('operation.'));
  return left.length > 0 && left.every((id) => again.has(id));
}

function isRefusal(failure: DbtRunPredicate['failure']): boolean {
  return failure !== undefined && REFUSALS.includes(failure.code);
}

/** What follows from a decision: a denial stops a run, unless audit mode names the rule that it goes on under. */
function consequence(decision: DbtRunPredicate['decision']) {
  if (decision === undefined) return { stopped: false, wentOn: false };
  const audited = auditedUnder(decision) !== null;
  return {
    stopped: !decision.allow && !audited,
    wentOn: audited || (decision.allow && decision.rule !== null),
  };
}

/** A command that the plan resolved must not have run anything else. */
function strayed({ dbt, plan }: DbtRunPredicate): boolean {
  return (dbt?.invocations ?? []).some(
    ({ nodes }, index) => nodes.unplanned.length > 0 && (plan?.commands[index]?.nodes.length ?? 0) > 0,
  );
}

/** What was asked for decides how a good run ends. Older records do not say it. */
function fitsMode({ status, mode }: DbtRunPredicate): boolean {
  if (mode === undefined) return true;
  if (status === 'succeeded') return mode === 'run';
  return (status !== 'dry-run' && status !== 'auth-only') || mode === status;
}

/** What the job said of itself against the verified token; the two differ only in a run that was refused for it. */
export function checkRun({ run, identity, failure }: DbtRunPredicate): string {
  if (identity === undefined) return 'no token was verified: the run is the word of the signer';
  if (failure?.code === 'ERR_CONTEXT_MISMATCH') return 'the run was refused because job and token differ';
  const { claims, token } = identity;
  const ofToken = [
    ['iss', token.issuer],
    ['sub', token.subject],
    ['jti', token.tokenId],
  ] as const;
  for (const [claim, value] of [...runFacts(run), ...ofToken]) mustEqual(claim, claims[claim], value);
  return 'the job and its token agree';
}

/** Runners' clocks differ from those of authorities by less than this. */
export const CLOCK_SKEW_MS = 5 * 60_000;

/** A record cannot have been signed before the run that it describes ended. */
export function checkTime({ finishedAt }: DbtRunPredicate, proven: readonly Date[]): string {
  const signedAt = Math.min(...proven.map((time) => time.getTime()));
  if (Date.parse(finishedAt) > signedAt + CLOCK_SKEW_MS) {
    throw new Error(`signed at ${new Date(signedAt).toISOString()}, before the run ended at ${finishedAt}`);
  }
  return `signed at ${new Date(signedAt).toISOString()}`;
}
