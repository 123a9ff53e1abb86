import { readCompact } from '../../identity/compact.ts';
import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { Secret } from '../../secret.ts';
import { attempt, attemptCall } from '../attempts.ts';
import type { SnowflakeIdentity, SnowflakeIdentityRequest } from '../clouds.ts';
import type { Desk } from '../desk.ts';
import type { CredentialFact } from '../issued.ts';
import { checkIdentity } from './identity.ts';

/**
 * Logs in once before dbt does, over the SQL API: a refusal is explained at once, and a session that is not
 * exactly the grant's ends the run here. Each try has an ID token of its own.
 * @returns seconds that such an ID token lives
 * @throws CloudFault; PassportError ERR_CREDENTIAL_MISMATCH
 */
export async function checkFederatedLogin(
  grant: SnowflakeGrant,
  audience: string,
  desk: Desk,
): Promise<number> {
  const request = identityRequest(grant, 'WORKLOAD_IDENTITY');
  let life = 0;
  const identity = await attempt(desk, audience, (token) => {
    life = lifeOf(token);
    return desk.clouds.snowflakeIdentity(request, token);
  });
  accept(grant, identity, desk);
  return life;
}

/** The same with an access token of another identity provider. */
export async function checkOAuthLogin(grant: SnowflakeGrant, token: Secret, desk: Desk): Promise<void> {
  const request = identityRequest(grant, 'OAUTH');
  accept(grant, await attemptCall(desk, () => desk.clouds.snowflakeIdentity(request, token)), desk);
}

/** Puts the login on record, then holds it to the grant: nothing else has happened in it. */
function accept(grant: SnowflakeGrant, identity: SnowflakeIdentity, desk: Desk): void {
  const { user, role, requestId } = identity;
  const issuedAt = desk.timing.now().toISOString();
  desk.issued({ ...sessionFact({ user, role }, 'login check'), issuedAt, expiresAt: '', requestId }, []);
  checkIdentity(grant, identity);
}

type Common = Pick<CredentialFact, 'provider' | 'principal' | 'scope' | 'route'>;

/** What all records for the user and role of a grant have in common; Snowflake keeps unquoted names in upper case. */
export function grantFact({ user, role }: SnowflakeGrant, route: string): Common {
  return sessionFact({ user: user.toUpperCase(), role: role.toUpperCase() }, route);
}

function sessionFact({ user, role }: Pick<SnowflakeGrant, 'user' | 'role'>, route: string): Common {
  return { provider: 'snowflake', principal: user, scope: `the role ${role}`, route };
}

/** Seconds from `iat` to `exp` of an ID token; 0 when it does not say. Nothing is believed on the strength of it. */
export function lifeOf(token: Secret): number {
  const { payload } = readCompact(token.reveal());
  return Number(payload.get('exp')) - Number(payload.get('iat')) || 0;
}

function identityRequest(
  { account, role, warehouse }: SnowflakeGrant,
  tokenType: SnowflakeIdentityRequest['tokenType'],
): SnowflakeIdentityRequest {
  return { account, role, warehouse, tokenType };
}
