import { checkoutTold } from '../checkout/told.ts';
import { nodesWithHooks } from '../dbt/beside.ts';
import { isRetry } from '../dbt/command.ts';
import { freshnessOf } from '../dbt/freshness.ts';
import type { RunFact } from '../dbt/invocation.ts';
import { executes, invocationNodes, unexecutedNodes } from '../dbt/outcome.ts';
import type { PlannedCommand } from '../dbt/plan.ts';
import { CLAIM_NAMES, type Claims, shownClaim } from '../identity/claims.ts';
import type { People } from '../identity/people.ts';
import type { Decision } from '../policy/decision.ts';
import { needsCredentials } from '../policy/grant.ts';
import type { LoadedPolicy } from '../policy/policy.ts';
import type { AskedPolicy } from '../policy/source/open-policy.ts';
import { plain } from '../untrusted.ts';
import { auditedBy } from './audited.ts';
import { credentialSource } from './credential-source.ts';
import { freshnessFact } from './freshness-fact.ts';
import type { DbtRunPredicate } from './predicate.ts';
import type { EvidenceRecord, Facts } from './record.ts';

/** The predicate of a finished record. Facts that the run never reached are absent, not empty. */
export function buildPredicate(record: EvidenceRecord): DbtRunPredicate {
  const { askedPolicy, policy, identity, people, decision, checkout, changedInRun, plan, lineage, events } =
    record.facts;
  const { failure } = record;
  const dbt = dbtOf(record);
  return {
    status: record.status,
    mode: record.mode,
    ...exceptions(record),
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    tool: record.tool,
    trace: record.trace,
    run: record.context,
    ...(identity && { identity: { claims: plainClaims(identity.claims), token: identity.token } }),
    ...(people && { people: peopleOf(people) }),
    ...(policy && { policy: policyOf(policy) }),
    ...(!policy && askedPolicy && { refusedPolicy: refusedPolicyOf(askedPolicy) }),
    ...(decision && { decision: decisionOf(decision) }),
    ...(plan && {
      plan: {
        commands: plan.commands.map(({ command, nodes, hooks, operation, deferred, retry }) => ({
          command: command.text,
          nodes,
          ...(hooks && { hooks }),
          ...(operation !== undefined && { operation: plain(operation) }),
          ...(deferred && { deferred }),
          ...(retry && { retry }),
        })),
        hooks: plan.hooks,
      },
    }),
    ...(checkout && { checkout: checkoutTold(checkout, changedInRun) }),
    ...settingsOf(record.facts),
    ...credentialFacts(record.facts),
    ...(dbt && { dbt }),
    ...(lineage && {
      lineage: { events: events?.length ?? 0, nodes: lineage.nodes.length, edges: lineage.edges.length },
    }),
    ...(failure && { failure: { code: failure.code, stage: failure.stage, message: failure.message } }),
  };
}

/** What makes it another run than an ordinary allowed one. */
function exceptions({ status, facts: { decision, identity } }: EvidenceRecord) {
  const audited = auditedBy({ status, decision });
  const { breakGlass, rule = null } = decision ?? {};
  const claim = (name: 'actor' | 'actor_id') => (identity ? shownClaim(identity.claims, name) : '');
  return {
    ...(audited !== null && { audit: { rule: audited, wouldHaveBeenDenied: true as const } }),
    ...(breakGlass &&
      rule !== null && {
        breakGlass: { rule, ...breakGlass, actor: claim('actor'), actorId: claim('actor_id') },
      }),
  };
}

function decisionOf({ allow, rule, reasons, notices, breakGlass, audit }: Decision) {
  return {
    allow,
    rule,
    reasons: reasons.map(({ code, claim, expected, actual }) => ({ code, claim, expected, actual })),
    ...(notices && { notices: notices.map(({ code, message }) => ({ code, message })) }),
    ...(breakGlass && { breakGlass }),
    ...(audit && { audit }),
  };
}

/** What the API answered is foreign text. */
function peopleOf({ startedBy, attemptBy, event }: People): NonNullable<DbtRunPredicate['people']> {
  return {
    startedBy,
    attemptBy: attemptBy.basis === 'asserted' ? { ...attemptBy, answer: plain(attemptBy.answer) } : attemptBy,
    event,
  };
}

function policyOf({ source, sha256, policy, signedBy, branchProtected }: LoadedPolicy) {
  const { serial, notAfter } = policy;
  return {
    source,
    sha256,
    ...(serial !== undefined && { serial }),
    ...(notAfter !== undefined && { notAfter }),
    ...(signedBy !== undefined && { signedBy }),
    mode: policy.mode,
    ...(branchProtected !== undefined && { branchProtected }),
  };
}

function refusedPolicyOf({ reference, demanded, found }: AskedPolicy) {
  return { reference: plain(reference), demanded, ...found };
}

function settingsOf({ environment, flags = [] }: Partial<Facts>) {
  if (environment === undefined) return {};
  const { settings, dropped, variables } = environment;
  return { settings: { set: [...settings, ...flags], dropped, variables } };
}

function credentialFacts(facts: Partial<Facts>) {
  const { grants, credentials = [], credentialsEndedAt, staticCredentials } = facts;
  const [first] = grants ?? [];
  return {
    ...(first && {
      warehouse: {
        grant: first[0],
        kind: first[1].kind,
        credentials: needsCredentials(first[1]) ? ('needed' as const) : ('none' as const),
      },
    }),
    credentials: [...credentials],
    credentialSource: credentialSource(credentials),
    ...(credentialsEndedAt && credentials.length > 0 && { credentialsEndedAt }),
    ...(staticCredentials && { staticCredentials: [...staticCredentials] }),
  };
}

/** Claims the product knows, as text or number; a claim of another type is left out, never turned into text. */
function plainClaims(claims: Claims): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const name of CLAIM_NAMES) {
    const value = claims.get(name);
    if (typeof value === 'string' || typeof value === 'number') kept[name] = value;
  }
  return kept;
}

function dbtOf(record: EvidenceRecord): DbtRunPredicate['dbt'] {
  const { engine, runs, plan, installed } = record.facts;
  if (engine === undefined) return undefined;
  return {
    version: engine.version,
    adapters: engine.adapters,
    executableSha256: engine.sha256,
    packages: engine.packages,
    ...(installed && { installed: { ...installed, packages: [...installed.packages] } }),
    exitCode: record.dbtExitCode,
    invocations: (runs ?? []).map((run, index) => invocationOf(run, plan?.commands[index])),
  };
}

function invocationOf(run: RunFact, planned: PlannedCommand | undefined) {
  const { invocation, artifacts } = run;
  const nodes = invocationNodes(run, planned);
  const unexecuted = unexecutedNodes(run);
  const hooked = nodesWithHooks(run);
  const freshness = freshnessOf(run, planned?.nodes ?? []);
  return {
    command: invocation.command.text,
    invocationId: invocation.invocationId,
    exitCode: invocation.exitCode,
    signal: invocation.signal,
    startedAt: invocation.startedAt,
    finishedAt: invocation.finishedAt,
    executed:
      executes(invocation.command.name) ||
      freshness.length > 0 ||
      (artifacts?.runResults?.results ?? []).length > 0,
    ...(isRetry(invocation.command) && { repeats: true as const }),
    ...(unexecuted && { [unexecuted.effect]: unexecuted.nodes }),
    ...(hooked.length > 0 && { nodesWithHooks: hooked }),
    ...(freshness.length > 0 && { freshness: freshness.map(freshnessFact) }),
    nodes,
  };
}
