import { readable, type TrustClause } from './model.ts';
import { celText } from './quoting.ts';

/**
 * Clauses as a condition of the Common Expression Language over `assertion`, the claims of the token. A claim that is
 * absent is an error, and an error is a refusal. Issuer and audience are compared by the provider.
 */
export function celCondition(clauses: readonly TrustClause[]): string {
  return clauses
    .filter(({ claim }) => claim !== 'iss' && claim !== 'aud')
    .map(celClause)
    .join(' && ');
}

/** One clause. `matches` is RE2's, where `$` is the end of the text only. */
export function celClause(clause: TrustClause): string {
  const claim = `assertion.${clause.claim}`;
  const matches = (pattern: string) => `${claim}.matches(${celText(pattern)})`;
  switch (clause.kind) {
    case 'prefix':
      return matches(`^${literal(clause.prefix)}[ -~]*$`);
    case 'pattern':
      return matches(globExpression(clause.pattern));
    case 'except':
      return `${matches(readable(clause.claim).source)} && !(${claim} in ${list(clause.values)})`;
    case 'values':
      return clause.values.length === 1
        ? `${claim}==${celText(clause.values[0] ?? '')}`
        : `${claim} in ${list(clause.values)}`;
  }
}

function list(values: readonly string[]): string {
  return `[${values.map(celText).join(', ')}]`;
}

/** The pattern of a ref as a regular expression that takes the same texts, see glob.ts. */
export function globExpression(pattern: string): string {
  const parts = pattern.split('*');
  const stars = parts.slice(0, -1).map((before) => {
    const first = before.endsWith('/') ? '[A-Za-z0-9_-][A-Za-z0-9._-]*' : '[A-Za-z0-9._-]+';
    return `${literal(before)}${first}`;
  });
  return `^${stars.join('')}${literal(parts.at(-1) ?? '')}$`;
}

/** Text as itself in RE2. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
