/**
 * The claims of a GitHub Actions OIDC token that the product reads. Custom claims are JSON strings
 * (ids too); only `iat`, `nbf` and `exp` are numbers.
 * Source: GitHub docs, "OpenID Connect reference", claims of the token.
 */
export const CLAIM_NAMES = [
  'iss',
  'aud',
  'sub',
  'jti',
  'iat',
  'nbf',
  'exp',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'repository_visibility',
  'enterprise',
  'enterprise_id',
  'environment',
  'environment_node_id',
  'ref',
  'ref_type',
  'ref_protected',
  'sha',
  'event_name',
  'head_ref',
  'base_ref',
  'actor',
  'actor_id',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'job_workflow_ref',
  'job_workflow_sha',
  'runner_environment',
  'run_id',
  'run_number',
  'run_attempt',
  'check_run_id',
] as const;
export type ClaimName = (typeof CLAIM_NAMES)[number];

/**
 * Claim values exactly as the token has them. A Map, so that a claim called `__proto__` is only a
 * name; values stay unknown, so that an odd type is met where it matters and never coerced.
 */
export type Claims = ReadonlyMap<ClaimName, unknown>;

/** The claims that the product reads, out of all that a token has. */
export function knownClaims(all: ReadonlyMap<string, unknown>): Claims {
  return new Map(CLAIM_NAMES.filter((name) => all.has(name)).map((name) => [name, all.get(name)]));
}

/** A claim read as the text of an identity: one word for why it cannot be used, or the text. */
export type ClaimText =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'missing' | 'not-text' | 'not-plain'; readonly value: string };

/**
 * Reads a claim for comparison. Empty counts as missing; only printable ASCII is plain, so that no
 * look-alike or control character takes part in a decision. `value` is for display only unless `kind` is `text`.
 */
export function claimText(claims: Claims, name: ClaimName): ClaimText {
  const value = claims.get(name);
  if (value === undefined || value === '') return { kind: 'missing', value: '' };
  if (typeof value !== 'string') return { kind: 'not-text', value: `${typeof value}` };
  if (!/^[\x20-\x7e]+$/.test(value)) return { kind: 'not-plain', value };
  return { kind: 'text', value };
}

/** Names that GitHub itself compares without case; ASCII only, so that no other letter folds into one. */
export function sameName(a: string, b: string): boolean {
  return a === b || (a.length === b.length && asciiLower(a) === asciiLower(b));
}

/** `A-Z` in lower case, nothing else. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The claim's text, or the empty string: for display and evidence, never for a decision. */
export function shownClaim(claims: Claims, name: ClaimName): string {
  const value = claims.get(name);
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

/** The token as evidence remembers it: never the token itself. Times are RFC 3339 in UTC. */
export interface TokenFact {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly tokenId: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
  /** SHA-256 of the compact serialisation, lower-case hex. */
  readonly sha256: string;
}

/** Who is running, once the token is verified. */
export interface Identity {
  readonly claims: Claims;
  readonly token: TokenFact;
}
