import type { Claims } from '../../../src/identity/claims.ts';
import { expectedSubjects } from '../../../src/identity/subject.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { pick, type Random, wantedTexts } from './random-policy.ts';

/** Claims by name, as a token has them. */
export type Token = ReadonlyMap<string, unknown>;

/** Stands for the audience that whoever looks at the token wants. */
export const OWN = 'the audience that is wanted';

const NOISE: readonly unknown[] = [
  undefined,
  undefined,
  '',
  ' ',
  '*',
  '0',
  '099',
  7,
  true,
  null,
  'main',
  'é',
  'refs/heads/main\n',
  'refs/heads/release/a/b',
  'refs/heads/release/.x',
  'refs/tags/v1-prod',
  'refs/tags/v1.-prod',
  'constructor',
];

/** A token that some rule takes, with up to three claims that are missing, odd, or what another rule wants. */
export function randomToken(next: Random, policy: Policy): Token {
  const all = policy.rules.map((rule) => wantedTexts(policy, rule));
  const chosen = Object.entries(pick(next, all)).map(
    ([claim, values]) => [claim, values.length === 0 ? '99' : pick(next, values)] as const,
  );
  const token = new Map<string, unknown>([
    ['iss', policy.issuer],
    ['aud', OWN],
    ...chosen,
    ['run_id', '1'],
    ['run_attempt', '1'],
  ]);
  token.set('ref_type', String(token.get('ref')).startsWith('refs/tags/') ? 'tag' : 'branch');
  const before = subjects(token, policy);
  const mutable = [...token.keys()].filter((claim) => !claim.startsWith('run_'));
  for (let left = pick(next, [0, 0, 1, 1, 1, 2, 2, 3]); left > 0; left -= 1) {
    const claim = pick(next, mutable);
    token.set(claim, mutated(next, token.get(claim), pick(next, all)[claim] ?? []));
  }
  token.set('sub', subject(next, token, policy, before));
  for (const [claim, value] of token) if (value === undefined) token.delete(claim);
  return token;
}

function mutated(next: Random, value: unknown, others: readonly string[]): unknown {
  const text = String(value);
  const kind = next();
  if (kind < 0.4 && others.length > 0) return pick(next, others);
  if (kind < 0.75) return pick(next, NOISE);
  if (kind < 0.85) return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
  const at = Math.floor(next() * (text.length + 1));
  return (
    text.slice(0, at) +
    pick(next, ['', 'x', '/', '@', '\u0000', ':']) +
    text.slice(at + (next() < 0.5 ? 1 : 0))
  );
}

/**
 * What GitHub makes of the other claims, of those before the changes, or an odd one. With a customised `sub` never
 * that of other claims: clouds compare such a `sub` and its claims one by one, and rely on GitHub for the rest.
 */
function subject(next: Random, token: Token, policy: Policy, before: readonly string[]): unknown {
  const kind = next();
  if (kind < 0.1) return mutated(next, pick(next, [...before, 'x']), []);
  const usual = typeof policy.subTemplate !== 'object';
  const fitting = usual && kind < 0.3 ? before : subjects(token, policy);
  return fitting.length === 0 ? 'x' : pick(next, fitting);
}

/** `sub` in any shape. */
function subjects(token: Token, { subTemplate }: Policy): readonly string[] {
  return expectedSubjects(token as Claims, typeof subTemplate === 'object' ? subTemplate : undefined);
}
