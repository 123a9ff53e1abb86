import type { OAuthExchange, SnowflakeGrant } from '../../policy/grant-types.ts';
import { attempt } from '../attempts.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { SNOWFLAKE_TOKEN } from '../variable-names.ts';
import { checkOAuthLogin, grantFact } from './login-check.ts';

/**
 * dbt has an access token of another identity provider, which takes GitHub's token for it (External OAuth). dbt
 * cannot be given a newer one, so logins work for the life of that token.
 */
export async function openOAuthRoute(
  grant: SnowflakeGrant,
  exchange: OAuthExchange,
  desk: Desk,
): Promise<OpenRoute> {
  const { token, expiresAt, scope } = await attempt(desk, exchange.audience, (idToken) =>
    desk.clouds.oauthToken({ ...exchange, cloud: 'oauth' }, idToken),
  );
  const now = desk.timing.now();
  const fact = {
    ...grantFact(grant, 'access token'),
    provider: 'oauth' as const,
    scope: scope || grantFact(grant, '').scope,
    issuedAt: now.toISOString(),
    expiresAt: expiresAt.toISOString(),
    requestId: '',
  };
  desk.issued(fact, [token]);
  await checkOAuthLogin(grant, token, desk);
  const seconds = Math.round((expiresAt.getTime() - now.getTime()) / 1000);
  return {
    variables: new Map([[SNOWFLAKE_TOKEN, token]]),
    lifetimes: [{ credential: 'Snowflake access token', seconds, renewal: null }],
  };
}
