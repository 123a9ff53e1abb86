import { readCompact } from '../../identity/compact.ts';
import type { BigQueryGrant } from '../../policy/grant-types.ts';
import type { Secret } from '../../secret.ts';
import { attempt, attemptCall } from '../attempts.ts';
import { CloudFault } from '../cloud-fault.ts';
import type { GoogleToken } from '../clouds.ts';
import type { Desk } from '../desk.ts';
import type { CredentialFact, Issued } from '../issued.ts';
import { type Lease, leaseOf } from '../lease.ts';
import { checkIdentity, federatedPrincipal } from './identity.ts';
import { exchangeRequest, impersonationRequest } from './requests.ts';
import { subjectWarning } from './subject.ts';

/**
 * An access token of the grant, issued now and renewed as long as it is used. `route` says how dbt comes by it.
 * @throws CloudFault from the first exchange; PassportError ERR_CREDENTIAL_MISMATCH when the token is another account's
 */
export async function googleLease(grant: BigQueryGrant, route: string, desk: Desk): Promise<Lease<Secret>> {
  const first = await issueToken(grant, route, desk, (token) => warnOfSubject(token, desk));
  return leaseOf(() => issueToken(grant, route, desk), desk.timing, first);
}

/** `look` sees each ID token before it is handed in. */
async function issueToken(
  grant: BigQueryGrant,
  route: string,
  desk: Desk,
  look: (token: Secret) => void = () => {},
): Promise<Issued<Secret>> {
  const impersonation = impersonationRequest(grant, desk.run);
  const exchange = exchangeRequest(grant);
  const federated = await attempt(desk, grant.audience, (token) => {
    look(token);
    return desk.clouds.googleExchange(exchange, token);
  });
  const who = { principal: federatedPrincipal(grant), scope: exchange.scopes.join(' ') };
  if (impersonation === undefined) return check(grant, record(federated, { ...who, route }, desk), desk);
  const via = record(federated, { ...who, route: 'to impersonate the service account' }, desk);
  const token = await attemptCall(desk, () => desk.clouds.impersonate(impersonation, via.value));
  const principal = impersonation.serviceAccount;
  const scope = impersonation.scopes.join(' ');
  return check(grant, record(token, { principal, scope, route }, desk), desk);
}

/** Before the call that Google would refuse for it. */
function warnOfSubject(token: Secret, desk: Desk): void {
  const sub = readCompact(token.reveal()).payload.get('sub');
  const warning = typeof sub === 'string' ? subjectWarning(sub) : undefined;
  if (warning !== undefined) desk.warn?.(warning);
}

function record(
  { token, expiresAt, requestId }: GoogleToken,
  who: Pick<CredentialFact, 'principal' | 'scope' | 'route'>,
  desk: Desk,
): Issued<Secret> {
  const issuedAt = desk.timing.now().toISOString();
  const fact = {
    provider: 'google',
    ...who,
    issuedAt,
    expiresAt: expiresAt.toISOString(),
    requestId,
  } as const;
  desk.issued(fact, [token]);
  return { value: token, fact, expiresAt };
}

/**
 * Asks Google whom the token is for, before dbt has it. Google may not answer for a token of a federated principal;
 * such a token comes straight from the exchange for this pool, and its refusal says nothing.
 */
async function check(grant: BigQueryGrant, issued: Issued<Secret>, desk: Desk): Promise<Issued<Secret>> {
  try {
    checkIdentity(grant, await attemptCall(desk, () => desk.clouds.googleIdentity(issued.value)));
  } catch (error) {
    const refused = error instanceof CloudFault && !error.transient && error.status >= 400;
    if (!(refused && grant.serviceAccount === undefined)) throw error;
  }
  return issued;
}
