import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { SnowflakeSession } from '../broker.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { SNOWFLAKE_PORT, SNOWFLAKE_TOKEN } from '../variable-names.ts';
import { accountOrigin } from './account.ts';
import { loopbackVariables } from './driver-variables.ts';
import { checkFederatedLogin, grantFact } from './login-check.ts';
import { placeholderToken, relayedLogin } from './login-request.ts';

/**
 * dbt logs in at a relay on this machine, which puts a fresh ID token into each login: a connection that dbt
 * opens after hours works as the first did. dbt itself has a placeholder only.
 */
export async function openRelayRoute(
  grant: SnowflakeGrant,
  audience: string,
  desk: Desk,
): Promise<OpenRoute> {
  const seconds = await checkFederatedLogin(grant, audience, desk);
  const placeholder = placeholderToken();
  const relay = await desk.snowflakeRelay({
    upstream: accountOrigin(grant.account, desk.endpoints),
    role: grant.role,
    login: (body) =>
      relayedLogin(body, {
        ...{ placeholder, user: grant.user, mint: () => desk.idToken(audience) },
        ...(desk.explain && { explain: desk.explain }),
      }),
    refusalNote: `(dbt-passport logged in as user ${grant.user} with a new ID token. Snowflake took such a token before dbt started: what changed since is at Snowflake.)`,
    opened: (session) => record(grant, session, desk),
  });
  return {
    variables: new Map([
      [SNOWFLAKE_TOKEN, placeholder],
      [SNOWFLAKE_PORT, String(relay.port)],
      ...loopbackVariables(),
    ]),
    lifetimes: [{ credential: 'Snowflake login token', seconds, renewal: 'a fresh one at each login' }],
    close: () => relay.close(),
  };
}

function record(grant: SnowflakeGrant, { id, how, seconds, tokens }: SnowflakeSession, desk: Desk): void {
  const now = desk.timing.now();
  const fact = {
    ...grantFact(grant, how === 'login' ? 'login relay' : 'session renewal'),
    issuedAt: now.toISOString(),
    expiresAt: seconds > 0 ? new Date(now.getTime() + seconds * 1000).toISOString() : '',
    requestId: id,
  };
  desk.issued(fact, tokens);
}
