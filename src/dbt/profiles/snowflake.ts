import { SNOWFLAKE_PORT, SNOWFLAKE_TOKEN } from '../../credentials/variable-names.ts';
import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** Source: dbt-snowflake 1.12, connections.py. */
export function snowflakeOutput(grant: SnowflakeGrant, { stamps }: ProfileContext): ProfileOutput {
  const { account, user, role, warehouse, database, schema } = grant;
  return {
    type: 'snowflake',
    ...{ account, user, role, warehouse, database, schema },
    query_tag: JSON.stringify(stamps).slice(0, 2000),
    ...loginOf(grant),
  };
}

function loginOf({ login }: SnowflakeGrant): ProfileOutput {
  const token = { envVar: SNOWFLAKE_TOKEN, whilePlanning: 'none-while-planning' };
  const federated = { authenticator: 'workload_identity', workload_identity_provider: 'OIDC', token };
  switch (login.route) {
    case 'relay':
      return {
        ...federated,
        host: '127.0.0.1',
        port: { envVar: SNOWFLAKE_PORT, whilePlanning: '443', number: true },
        protocol: 'http',
      };
    case 'token':
      return federated;
    case 'aws':
      return { authenticator: 'workload_identity', workload_identity_provider: 'AWS' };
    case 'oauth':
      return { authenticator: 'oauth', token };
  }
}
