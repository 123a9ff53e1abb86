import { PassportError } from '../../errors.ts';
import type { BigQueryGrant } from '../../policy/grant-types.ts';
import { plain } from '../../untrusted.ts';
import type { GoogleIdentity } from '../clouds.ts';

/** What Google itself adds to every token that has an account. */
const ALWAYS = ['openid', 'https://www.googleapis.com/auth/userinfo.email'];

/**
 * Holds whom Google says a token is for against the grant. A token of a federated principal names no account: that
 * it names none, and its scopes, are all that can be checked.
 * @throws PassportError ERR_CREDENTIAL_MISMATCH
 */
export function checkIdentity(grant: BigQueryGrant, identity: GoogleIdentity): void {
  const expected = grant.serviceAccount ?? '';
  if (identity.email !== expected) {
    throw mismatch('account', expected || 'a federated principal', identity.email || 'a federated principal');
  }
  const wider = identity.scopes.filter((scope) => !grant.scopes.includes(scope) && !ALWAYS.includes(scope));
  if (wider.length > 0) throw mismatch('scopes', grant.scopes.join(' '), identity.scopes.join(' '));
}

/** Every identity of the pool; which one of them it is, the mapping of the provider decides. */
export function federatedPrincipal({ provider }: BigQueryGrant): string {
  return `principalSet://iam.googleapis.com/${provider.replace(/\/providers\/.*$/, '')}/*`;
}

function mismatch(what: string, expected: string, actual: string): PassportError {
  return new PassportError(
    'ERR_CREDENTIAL_MISMATCH',
    `Google issued a token with other ${what} than the rule grants: expected ${expected}, got ${plain(actual)}`,
    {
      reason: 'GOOGLE_IDENTITY',
      hint: 'The token was not used. Compare service_account and scopes of the rule with what the workload identity pool may impersonate.',
    },
  );
}
