import type { PostgresGrant } from '../../policy/grant-types.ts';
import type { Secret } from '../../secret.ts';
import { awsLease } from '../aws/aws-lease.ts';
import type { Desk } from '../desk.ts';
import type { Issued } from '../issued.ts';
import { type Lease, leaseOf } from '../lease.ts';

/** Milliseconds that RDS takes a password for; it ends before that with the session that signed it. */
const LIFE_MS = 900_000;

/**
 * A password of the grant's database user, signed with a session of its role and renewed as long as it is used.
 * Source: Amazon RDS User Guide, IAM database authentication.
 * @throws CloudFault from the first exchange; PassportError ERR_CREDENTIAL_MISMATCH when the session is another role's
 */
export async function passwordLease(grant: PostgresGrant, desk: Desk): Promise<Lease<Secret>> {
  const session = await awsLease(grant.aws, 'to sign passwords of the database', desk);
  const { host, port, user } = grant;
  const issue = async (): Promise<Issued<Secret>> => {
    const { value: keys, fact: signer, expiresAt: sessionEnd } = await session.current();
    const now = desk.timing.now();
    const password = await desk.clouds.rdsPassword({ host, port, user, region: grant.aws.region }, keys);
    const expiresAt = new Date(Math.min(now.getTime() + LIFE_MS, sessionEnd.getTime()));
    const fact = {
      provider: 'aws' as const,
      principal: signer.principal,
      scope: `log in to ${host}:${port} as the database user ${user}`,
      route: 'password file',
      issuedAt: now.toISOString(),
      expiresAt: expiresAt.toISOString(),
      requestId: '',
    };
    desk.issued(fact, [password]);
    return { value: password, fact, expiresAt };
  };
  return leaseOf(issue, desk.timing, await issue());
}
