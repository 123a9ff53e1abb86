import type { Decision } from '../../../src/policy/decision.ts';

/** What was seen of a target. */
export interface Seen {
  policies: number;
  overlapping: number;
  /** Tokens under policies that overlap, which two rules take. */
  ambiguous: number;
  /** Claim sets under policies that do not. */
  tokens: number;
  /** Comparisons of a token with a principal: both take it, both refuse it. */
  allowed: number;
  denied: number;
  /** The target alone takes it, or refuses it. */
  excepted: number;
  narrower: number;
  /** Tokens that the gate denies for one claim alone, by the claim: those that the target refuses, and those it takes. */
  readonly enforced: Map<string, number>;
  readonly passed: Map<string, number>;
}

export function newSeen(): Seen {
  const counts = { policies: 0, overlapping: 0, ambiguous: 0, tokens: 0 };
  const outcomes = { allowed: 0, denied: 0, excepted: 0, narrower: 0 };
  return { ...counts, ...outcomes, enforced: new Map(), passed: new Map() };
}

interface Outcome {
  readonly allowed: boolean;
  readonly taken: boolean;
  /** Why the gate denies it under a rule for the principal. */
  readonly reasons?: Decision['reasons'];
}

export function note(seen: Seen, { allowed, taken, reasons = [] }: Outcome): void {
  if (allowed) seen[taken ? 'allowed' : 'narrower'] += 1;
  else seen[taken ? 'excepted' : 'denied'] += 1;
  const claims = new Set(reasons.map(({ claim }) => claim));
  claims.delete('rules');
  // What `sub` is made of takes the expected `sub` with it.
  if (claims.size === 2) claims.delete('sub');
  const [only] = claims;
  if (only === undefined || claims.size > 1) return;
  const counted = taken ? seen.passed : seen.enforced;
  counted.set(only, (counted.get(only) ?? 0) + 1);
}

/** For a person: how much of it there was. */
export function seenText({ enforced, passed, ...counts }: Seen): string {
  const claims = [...new Set([...enforced.keys(), ...passed.keys()])].toSorted();
  const of = (claim: string) =>
    `  ${claim} alone: refused ${enforced.get(claim) ?? 0}, taken ${passed.get(claim) ?? 0}`;
  return [JSON.stringify(counts), ...claims.map(of)].join('\n');
}
