import type { Explanation } from '../errors.ts';

/**
 * A refusal for a log or a terminal: what agrees on one line each, what differs on two, what the cloud cannot check
 * in one sentence; then the cause and the statement. Lines end with `\n` between them, none is longer than its values.
 */
export function explanationText({ rows, cause, statement }: Explanation): string {
  const compared = rows.filter(({ verdict }) => verdict !== 'not checked');
  const width = Math.max(0, ...compared.map(({ claim }) => claim.length));
  const table = compared.flatMap(({ claim, needed, token, verdict }) => {
    const head = `  ${verdict.padEnd('differs'.length)}  ${claim.padEnd(width)}  `;
    if (verdict === 'same') return [`${head}${token}`];
    return [`${head}needs ${needed}`, `${' '.repeat(head.length)}has   ${token}`];
  });
  const unchecked = uncheckedNames({ rows });
  return [
    ...(table.length === 0 ? [] : ['What the trust needs, by the policy, and what this run has:', ...table]),
    ...(unchecked.length === 0 ? [] : [`  Only this step checks, the cloud cannot: ${unchecked.join(', ')}`]),
    `Cause: ${cause}`,
    ...(statement === ''
      ? []
      : ['To change over there:', ...statement.split('\n').map((line) => `  ${line}`)]),
  ].join('\n');
}

/** Claims that only the action checks. */
export function uncheckedNames({ rows }: Pick<Explanation, 'rows'>): readonly string[] {
  return rows.filter(({ verdict }) => verdict === 'not checked').map(({ claim }) => claim);
}
