import type { ClaimName } from '../../identity/claims.ts';
import { globMatches } from '../glob.ts';

/** The systems that a policy is rendered for, by the names that the command line uses. */
export const TARGETS = [
  'aws',
  'gcp',
  'snowflake',
  'databricks',
  'azure',
  'vault',
  'keycloak',
  'kong',
] as const;
export type Target = (typeof TARGETS)[number];

/** What one claim may be. Clouds compare byte for byte, where the policy lets GitHub's names differ in case. */
export type Accepted =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  /** These first characters, then nothing but printable ASCII. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  /** The pattern of a ref, see glob.ts. */
  | { readonly kind: 'pattern'; readonly pattern: string }
  /** A readable value that is none of these: the policy's deny list. */
  | { readonly kind: 'except'; readonly values: readonly string[] };

/** What one claim of a token must be. */
export type TrustClause = { readonly claim: ClaimName } & Accepted;

/** Every claim of it must hold. A claim that is not named is not looked at. */
export type Alternative = ReadonlyMap<ClaimName, Accepted>;

/**
 * What a target compares with a token before it hands out one principal: one alternative must hold. Several rules
 * that hand out the same principal are several alternatives; no alternative means that nobody gets it.
 */
export type TrustModel = readonly Alternative[];

/** Whether a target that holds the model takes a token with the claims. What is not text is never taken. */
export function accepts(model: TrustModel, claims: ReadonlyMap<string, unknown>): boolean {
  return model.some((alternative) =>
    [...alternative].every(([claim, accepted]) => {
      const value = claims.get(claim);
      return typeof value === 'string' && acceptsText(claim, accepted, value);
    }),
  );
}

/** Whether the value of one claim is taken. */
export function acceptsText(claim: ClaimName, accepted: Accepted, value: string): boolean {
  switch (accepted.kind) {
    case 'values':
      return accepted.values.includes(value);
    case 'prefix':
      return value.startsWith(accepted.prefix) && PRINTABLE.test(value);
    case 'pattern':
      return globMatches(accepted.pattern, value);
    case 'except':
      return readable(claim).test(value) && !accepted.values.includes(value);
  }
}

/** What a claim must look like before the gate compares it: an id is digits, all else is printable ASCII. */
export function readable(claim: ClaimName): RegExp {
  return IDS.includes(claim) ? ID : PRINTABLE;
}

const IDS: readonly ClaimName[] = ['repository_id', 'repository_owner_id', 'actor_id'];

const ID = /^[1-9][0-9]*$/;
const PRINTABLE = /^[ -~]+$/;
