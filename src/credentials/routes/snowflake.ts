import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { openAwsRoute } from '../snowflake/aws-route.ts';
import { openOAuthRoute } from '../snowflake/oauth-route.ts';
import { openRelayRoute } from '../snowflake/relay-route.ts';
import { openTokenRoute } from '../snowflake/token-route.ts';

/** The way that the policy names; see SnowflakeLogin for when each is right. */
export function openSnowflake(grant: SnowflakeGrant, desk: Desk): Promise<OpenRoute> {
  const { login } = grant;
  switch (login.route) {
    case 'relay':
      return openRelayRoute(grant, login.audience, desk);
    case 'token':
      return openTokenRoute(grant, login.audience, desk);
    case 'aws':
      return openAwsRoute(login.aws, desk);
    case 'oauth':
      return openOAuthRoute(grant, login.oauth, desk);
  }
}
