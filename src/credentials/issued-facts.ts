import type { CredentialFact } from './issued.ts';

/** What a run of hours with sessions of minutes needs many times over. */
const LISTED = 1_000;

/**
 * The facts with one more. When the list is full, it takes the place of the last of its kind and counts it: memory and
 * record stay small, whatever code of the project does to be given credentials, and each kind keeps its last one.
 */
export function withFact(
  facts: readonly CredentialFact[],
  fact: CredentialFact,
  listed: number = LISTED,
): readonly CredentialFact[] {
  if (facts.length < listed) return [...facts, fact];
  const at = facts.findLastIndex((one) => kindOf(one) === kindOf(fact));
  const last = facts[at];
  if (last === undefined) return [...facts, fact];
  return [...facts.toSpliced(at, 1), { ...fact, unlisted: (last.unlisted ?? 0) + 1 }];
}

/** The same for a credential and its renewals. */
export function kindOf({ provider, principal, scope, route }: CredentialFact): string {
  return JSON.stringify([provider, principal, scope, route]);
}

/** How many were issued, with those that are not listed. */
export function issuedCount(facts: readonly Pick<CredentialFact, 'unlisted'>[]): number {
  return facts.reduce((sum, { unlisted = 0 }) => sum + 1 + unlisted, 0);
}
