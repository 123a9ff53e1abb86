import { plain } from '../untrusted.ts';
import { credentialSource } from './credential-source.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { type Check, exitCode, type Verdict } from './verdict.ts';

/** The verdict for a terminal. Every foreign text is made plain; the marks are ASCII. */
export function verdictText(verdict: Verdict): string {
  const width = Math.max(...verdict.checks.map((check) => check.name.length));
  return [
    headline(verdict),
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

/** The verdict for a program; the predicate is there only when it is authentic. */
export function verdictJson(verdict: Verdict): string {
  const { authentic, matches, signer, checks, predicate } = verdict;
  return JSON.stringify(
    { authentic, matches, exitCode: exitCode(verdict), signer, checks, predicate },
    null,
    2,
  );
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

function runLines(predicate: DbtRunPredicate, signer: string): string[] {
  const { run, status, identity, policy, decision } = predicate;
  const claims = identity?.claims;
  const rows: readonly (readonly [string, string])[] = [
    ['status', status],
    ['run', `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`],
    ['commit', `${run.sha} (${run.ref})`],
    ['actor', `${run.actor}, by ${run.eventName}`],
    ['environment', String(claims?.['environment'] ?? 'none')],
    ['rule', decision?.rule ?? 'none'],
    ['policy', policy === undefined ? 'none' : `${policy.source}, sha256 ${policy.sha256}`],
    ['credentials', credentialWords(predicate)],
    ['signer', signer],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(11)}  ${plain(value)}`);
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
