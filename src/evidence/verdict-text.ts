import { changedFilesText, checkoutText } from '../checkout/words.ts';
import { plain } from '../untrusted.ts';
import { decisionKind } from './audited.ts';
import { credentialSource } from './credential-source.ts';
import { decisionWords, statusWords } from './decision-words.ts';
import { attemptWords, startedWords } from './people-words.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { type Check, exitCode, type Verdict, worstExit } from './verdict.ts';

/** The verdict for a terminal. Every foreign text is made plain; the marks are ASCII. */
export function verdictText(verdict: Verdict): string {
  const width = Math.max(...verdict.checks.map((check) => check.name.length));
  return [
    headline(verdict),
    ...(verdict.predicate === null ? [] : exceptionLines(verdict.predicate)),
    '',
    ...(verdict.predicate === null ? [] : [...runLines(verdict.predicate, verdict.signer), '']),
    ...verdict.checks.map(
      (check) => `  ${MARK[check.result]} ${check.name.padEnd(width)}  ${plain(check.detail)}`,
    ),
    ...(verdict.checks.some((check) => check.result === 'not-certified') ? ['', LEGEND] : []),
    ...(verdict.authentic ? [] : ['', NEXT]),
    '',
  ].join('\n');
}

/** An artifact of several, by its place below what a person named. */
interface Judged {
  readonly artifact: string;
  readonly verdict: Verdict;
}

/** Each verdict under the name of its artifact, then all in a line each. `others` lie beside them and are no artifacts. */
export function verdictsText(found: readonly Judged[], others: readonly string[]): string {
  const one = ({ artifact, verdict }: Judged) => [`artifact: ${plain(artifact)}`, '', verdictText(verdict)];
  const line = ({ artifact, verdict }: Judged) =>
    `  ${exitCode(verdict)}  ${plain(artifact)}: ${headline(verdict)}`;
  return [
    ...found.flatMap(one),
    ...(found.length === 1
      ? []
      : [`${found.length} artifacts, each with its exit code:`, ...found.map(line), '']),
    ...others.map((name) => `Not looked at, as it is no evidence of a run: ${plain(name)}`),
    ...(others.length === 0 ? [] : ['']),
  ].join('\n');
}

/** The same for a program: each verdict as it is alone, with the name of its artifact. */
export function verdictsJson(found: readonly Judged[], others: readonly string[]): string {
  const artifacts = found.map(({ artifact, verdict }) => ({ artifact, ...asValue(verdict) }));
  return JSON.stringify(
    { exitCode: worstExit(found.map(({ verdict }) => verdict)), artifacts, others },
    null,
    2,
  );
}

/** The verdict for a program; the predicate, and what the policy made of the run, are there only when it is authentic. */
export function verdictJson(verdict: Verdict): string {
  return JSON.stringify(asValue(verdict), null, 2);
}

function asValue(verdict: Verdict) {
  const { authentic, matches, signer, checks, predicate } = verdict;
  const decision = predicate === null ? null : decisionKind(predicate);
  return { authentic, matches, exitCode: exitCode(verdict), decision, signer, checks, predicate };
}

const MARK: Readonly<Record<Check['result'], string>> = {
  ok: '[ok]    ',
  failed: '[FAILED]',
  'not-certified': '[-]     ',
};

const LEGEND = "  [-] nothing is wrong, but only the signer's word stands for it.";

const NEXT = `  Is the key or trusted root the signer's, taken from its owner? Then download the zip again and verify it as it
  is. If that fails too, keep it and report it: docs/troubleshooting.md#err-evidence-invalid`;

function headline({ authentic, matches }: Verdict): string {
  if (!authentic) return 'NOT AUTHENTIC: do not rely on anything in this evidence.';
  if (!matches) return 'AUTHENTIC, BUT NOT THE RUN YOU EXPECT.';
  return 'AUTHENTIC, and the run you expect.';
}

/** What a reader of the first lines alone must know. */
function exceptionLines({ audit, breakGlass, decision, people, checkout, plan }: DbtRunPredicate): string[] {
  const { reasons = [], notices = [] } = decision ?? {};
  const rerun = people === undefined ? '' : attemptWords(people);
  return [
    ...(audit === undefined
      ? []
      : [
          `AUDIT MODE: THE POLICY DENIED THIS RUN. It went on under rule ${audit.rule}, which did not allow it.`,
          ...reasons.map(
            ({ code, claim, expected, actual }) => `  ${code}: ${claim} expected ${expected}, got ${actual}`,
          ),
        ]),
    ...(breakGlass === undefined
      ? []
      : [
          `BREAK-GLASS: ${breakGlass.actor} (id ${breakGlass.actorId}) used the emergency rule ${breakGlass.rule}, which ends ${breakGlass.expires}.`,
          ...(rerun === '' ? [] : [`  This attempt of the run was started by ${rerun}.`]),
          `  Reason in the policy: ${breakGlass.reason}`,
        ]),
    ...(checkout === undefined || checkout.matchesToken || plan === undefined
      ? []
      : [`NOT THE CODE OF THE COMMIT: ${checkoutText(checkout)}.`]),
    ...(checkout?.changedInRun === undefined || checkout.changedInRun.count === 0
      ? []
      : [`FILES CHANGED WHILE DBT RAN: ${changedFilesText(checkout.changedInRun)}.`]),
    ...notices.filter(({ code }) => code !== 'BREAK_GLASS').map(({ message }) => `NOTICE: ${message}`),
  ].map((line) => plain(line, 1000));
}

function runLines(predicate: DbtRunPredicate, signer: string): string[] {
  const { run, identity, people, checkout } = predicate;
  const claims = identity?.claims;
  const rows: readonly (readonly [string, string])[] = [
    ['status', statusWords(predicate)],
    ['run', `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`],
    ['commit', `${run.sha} (${run.ref})`],
    ['checkout', checkout === undefined ? NO_CHECKOUT : checkoutText(checkout)],
    ...peopleRows(run, people),
    ['environment', String(claims?.['environment'] ?? 'none')],
    ['decision', decisionWords(predicate)],
    ['policy', policyWords(predicate)],
    ['credentials', credentialWords(predicate)],
    ['signer', signer],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(11)}  ${plain(value)}`);
}

function peopleRows(
  run: DbtRunPredicate['run'],
  people: DbtRunPredicate['people'],
): readonly (readonly [string, string])[] {
  if (people !== undefined) {
    const attempt = attemptWords(people);
    return [
      ['started by', startedWords(people)],
      ...(attempt === '' ? [] : [['attempt by', attempt] as const]),
    ];
  }
  const first = ['started by', `${run.actor}, by ${run.eventName}`] as const;
  if (run.runAttempt === '1') return [first];
  return [
    first,
    ['attempt by', `${run.triggeringActor || 'not known'}, NOT VERIFIED: only the signer says it`],
  ];
}
const NO_CHECKOUT = 'not known: the record says nothing of the files that were checked out';

function policyWords({ policy, refusedPolicy }: DbtRunPredicate): string {
  if (policy === undefined)
    return refusedPolicy === undefined ? 'none' : `none: ${refusedPolicy.reference} was not taken`;
  const { source, sha256, mode } = policy;
  return `${source}, sha256 ${sha256}${mode === 'audit' ? ', in audit mode' : ''}`;
}

function credentialWords({ credentials }: DbtRunPredicate): string {
  const principals = [...new Set(credentials.map(({ principal }) => principal))];
  switch (credentialSource(credentials)) {
    case 'none':
      return 'none';
    case 'ambient':
      return 'AMBIENT, not issued for this run';
    case 'federated':
      return `issued for this run: ${principals.join(', ')}`;
  }
}
