import { asPassportError } from '../errors.ts';
import type { SignerFact, StoredArtifact } from '../ports.ts';
import { runUrl } from '../run-url.ts';
import { markdownCode, plain } from '../untrusted.ts';
import { decisionWords, statusWords } from './decision-words.ts';
import { attemptWords, startedWords } from './people-words.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { expectedOptions, keyCommand, keylessCommand } from './report-verify.ts';

/** The page of a job that signed the record of another one, as GitHub Markdown. */
export function signedSummary(signed: {
  readonly predicate: DbtRunPredicate;
  readonly signer: SignerFact;
  readonly artifact: StoredArtifact | null;
}): string {
  const { predicate, signer, artifact } = signed;
  const { run, identity, people } = predicate;
  const rows: readonly (readonly [string, string])[] = [
    ['Run', runUrl(run.serverUrl, run.repository, run.runId, run.runAttempt)],
    ['Started by', people === undefined ? '' : startedWords(people)],
    ['This attempt by', people === undefined ? '' : attemptWords(people)],
    ['Decision of the policy', decisionWords(predicate)],
    ['How the run ended', statusWords(predicate)],
    ['Job that ran dbt', String(identity?.claims['job_workflow_ref'] ?? '')],
    ['Signed by', signer.identity],
    ['Artifact', artifact?.id ?? ''],
    ['Digest', artifact?.digest ?? ''],
  ];
  const expected = expectedOptions(predicate);
  const command =
    signer.mode === 'key'
      ? keyCommand(expected)
      : keylessCommand(signer.identity, identity?.token.issuer ?? '', ` --signed-by separate-job${expected}`);
  const cells = rows.filter(([, value]) => value !== '');
  return `## dbt-passport: evidence signed

| Fact | Value |
| --- | --- |
${cells.map(([name, value]) => `| ${name} | ${markdownCode(value)} |`).join('\n')}

This job ran nothing of the dbt project. It compared the record with the facts of the run in its own token and with the policy in it, and
signed it; the rest of
the record is the word of the job that ran dbt.

Verify it without a network, with the key or the identity that your security team names:

\`\`\`text
${plain(command)}
\`\`\`
`;
}

/** The same page when nothing was signed. */
export function refusedSummary(thrown: unknown): string {
  const { code, message, hint, docs } = asPassportError(thrown);
  const rows = [
    `**What stopped it:** ${inCode(message)}`,
    ...(hint === undefined ? [] : [`**What to change:** ${inCode(hint)}`]),
    `**Error code:** ${markdownCode(code)}, explained in ${markdownCode(docs)}`,
  ];
  return `## dbt-passport: evidence NOT signed\n\n${rows.join('  \n')}\n`;
}

const inCode = (text: string) => markdownCode(text.replaceAll('`', "'"));
