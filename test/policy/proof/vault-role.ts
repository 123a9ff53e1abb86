const KEYS = [
  'role_type',
  'user_claim',
  'bound_audiences',
  'bound_claims_type',
  'bound_claims',
  'token_explicit_max_ttl',
];

/**
 * Whether a role of Vault's JWT method, mounted with `bound_issuer`, takes a token. Source: Vault, "JWT/OIDC auth method
 * (API)", Create role; "Bound claims": every claim of `bound_claims` must be there with any of the values, an
 * absent one is an error; one audience must be in `bound_audiences`; the `user_claim` must be a text.
 * Throws for every key that is not known here.
 */
export function logsIn(role: unknown, boundIssuer: string, claims: ReadonlyMap<string, unknown>): boolean {
  const written = role as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(written).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw new Error(`keys ${unknown.join(', ')}`);
  if (written['role_type'] !== 'jwt' || written['bound_claims_type'] !== 'string') throw new Error('type');
  const user = claims.get(String(written['user_claim']));
  if (typeof user !== 'string' || claims.get('iss') !== boundIssuer) return false;
  const audiences = written['bound_audiences'] as readonly unknown[];
  if (!audiences.includes(claims.get('aud'))) return false;
  return Object.entries(written['bound_claims'] as Readonly<Record<string, unknown>>).every(
    ([claim, wanted]) => [wanted].flat().includes(claims.get(claim) ?? ABSENT),
  );
}

/** Equal to nothing that a role can hold. */
const ABSENT = Symbol('absent');
