import type { Clouds } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';
import { awsSts } from './aws-sts.ts';
import { googleTokens } from './google-tokens.ts';
import { oauthTokens } from './oauth-token.ts';
import { snowflakeApi } from './snowflake-api.ts';

/** The clouds over the network; in the demo and the tests, services on this machine in their place. */
export function clouds(endpoints: Endpoints): Clouds {
  return {
    ...awsSts(endpoints),
    ...googleTokens(endpoints),
    ...snowflakeApi(endpoints),
    ...oauthTokens(endpoints),
  };
}
