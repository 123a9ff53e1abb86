import type { Explanation } from '../errors.ts';
import { prose } from '../policy/explain.ts';
import { markdownCode } from '../untrusted.ts';
import { uncheckedNames } from './explanation-text.ts';

/** A refusal for the job summary: a table, the cause, and the statement in a fence that no text in it can close. */
export function explanationMarkdown({ rows, cause, statement }: Explanation): string {
  const compared = rows.filter(({ verdict }) => verdict !== 'not checked');
  const unchecked = uncheckedNames({ rows }).map(markdownCode).join(', ');
  return [
    ...(compared.length === 0 ? [] : [comparison(compared)]),
    ...(unchecked === '' ? [] : [`Only this step checks, the cloud cannot: ${unchecked}.`]),
    `**Cause:** ${prose(cause)}`,
    ...(statement === '' ? [] : [`**To change over there:**\n\n${fenced(statement)}`]),
  ].join('\n\n');
}

function comparison(rows: Explanation['rows']): string {
  const lines = rows.map(
    ({ claim, needed, token, verdict }) =>
      `| ${markdownCode(claim)} | ${markdownCode(needed)} | ${markdownCode(token)} | ${verdict === 'differs' ? '**differs**' : verdict} |`,
  );
  return ['| What | The trust needs | This run has | Verdict |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

/** Text as a code block. The fence is longer than any run of its mark in the text, so nothing in it ends the block. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
