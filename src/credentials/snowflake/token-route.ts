import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { SNOWFLAKE_TOKEN } from '../variable-names.ts';
import { directVariables } from './driver-variables.ts';
import { checkFederatedLogin, grantFact, lifeOf } from './login-check.ts';

const REMEDY = 'With `login: relay` in the grant each login gets a token of its own.';

/**
 * dbt has one ID token, made right before it starts, and talks to Snowflake itself. A connection that dbt opens
 * after the life of the token fails; those that are open by then live on.
 */
export async function openTokenRoute(
  grant: SnowflakeGrant,
  audience: string,
  desk: Desk,
): Promise<OpenRoute> {
  await checkFederatedLogin(grant, audience, desk);
  const token = await desk.idToken(audience);
  const seconds = lifeOf(token);
  const now = desk.timing.now();
  const fact = {
    ...grantFact(grant, 'login token'),
    issuedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + seconds * 1000).toISOString(),
    requestId: '',
  };
  desk.issued(fact, [token]);
  return {
    variables: new Map([[SNOWFLAKE_TOKEN, token], ...directVariables(desk.endpoints)]),
    lifetimes: [{ credential: 'Snowflake login token', seconds, renewal: null, remedy: REMEDY }],
  };
}
