import { PassportError } from '../../errors.ts';
import type { AwsRole } from '../../policy/grant-types.ts';
import { plain } from '../../untrusted.ts';
import { attempt, attemptCall } from '../attempts.ts';
import { CloudFault } from '../cloud-fault.ts';
import type { AwsKeys, AwsSession, WebIdentityRequest } from '../clouds.ts';
import type { Desk } from '../desk.ts';
import type { CredentialFact, Issued } from '../issued.ts';
import { type Lease, leaseOf } from '../lease.ts';
import { assumedRoleArn, chainRequest, webIdentityRequest } from './session-request.ts';

/**
 * A session of the role, issued now and renewed as long as it is used. `route` says how dbt comes by it.
 * @throws CloudFault from the first exchange; PassportError ERR_CREDENTIAL_MISMATCH when the session is another role's
 */
export async function awsLease(role: AwsRole, route: string, desk: Desk): Promise<Lease<AwsKeys>> {
  const issue = () => issueSession(role, route, desk);
  return leaseOf(issue, desk.timing, await issue());
}

async function issueSession(role: AwsRole, route: string, desk: Desk): Promise<Issued<AwsKeys>> {
  const { clouds, run, budgetSeconds } = desk;
  const request = webIdentityRequest(role, run, budgetSeconds);
  const { chain } = role;
  let expired = 0;
  const first = await attempt(desk, role.audience, async (token) => {
    try {
      return await clouds.assumeRoleWithWebIdentity(request, token);
    } catch (error) {
      // A token that is old on arrival may have waited in a queue; two in a row mean a wrong clock.
      const again = error instanceof CloudFault && error.code === 'ExpiredTokenException' && ++expired > 1;
      throw again ? new CloudFault({ ...error, transient: false }) : error;
    }
  });
  if (chain === undefined) return accept(first, request, route, desk);
  const hop = accept(first, request, 'to assume the next role', desk);
  const next = chainRequest({ ...role, chain }, run, budgetSeconds);
  const second = await attemptCall(desk, () => clouds.assumeRole(next, hop.value));
  return accept(second, next, route, desk);
}

/** Puts the session on record, then holds it to what was asked for: nothing has used it yet. */
function accept(
  session: AwsSession,
  request: WebIdentityRequest,
  route: string,
  desk: Desk,
): Issued<AwsKeys> {
  const { keys, expiresAt, requestId } = session;
  const fact: CredentialFact = {
    provider: 'aws',
    principal: plain(session.assumedRoleArn),
    scope: scopeOf(request),
    route,
    issuedAt: desk.timing.now().toISOString(),
    expiresAt: expiresAt.toISOString(),
    requestId: plain(requestId),
  };
  desk.issued(fact, [keys.secretAccessKey, keys.sessionToken]);
  refuseOtherRole(session.assumedRoleArn, request);
  return { value: keys, fact, expiresAt };
}

/** The role and what narrows it, in words. */
function scopeOf({ roleArn, policy, policyArns }: WebIdentityRequest): string {
  const narrowing = [
    ...(policy === undefined ? [] : [`within the session policy ${policy}`]),
    ...(policyArns.length === 0 ? [] : [`within ${policyArns.join(', ')}`]),
  ];
  return [`the role ${roleArn}`, ...narrowing].join(', ');
}

function refuseOtherRole(got: string, { roleArn, sessionName }: WebIdentityRequest): void {
  const expected = assumedRoleArn(roleArn, sessionName);
  if (got === expected) return;
  throw new PassportError('ERR_CREDENTIAL_MISMATCH', `expected a session ${expected}, got ${plain(got)}`, {
    hint: `The policy names ${roleArn}; whoever answered as AWS STS issued a session of something else. The credential was not used. Look at the proxies between the runner and AWS.`,
  });
}
