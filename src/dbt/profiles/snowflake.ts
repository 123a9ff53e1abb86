import { SNOWFLAKE_PORT, SNOWFLAKE_TOKEN } from '../../credentials/variable-names.ts';
import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';
import { queryTag } from './query-tag.ts';

/**
 * The role is named, so that no default of the user takes its place. Sessions are kept alive and reused: a thread
 * that was idle for hours goes on in its own.
 * Source: dbt-snowflake 1.12, connections.py.
 */
export function snowflakeOutput(grant: SnowflakeGrant, context: ProfileContext): ProfileOutput {
  const { account, user, role, warehouse, database, schema } = grant;
  return {
    type: 'snowflake',
    ...{ account, user, role, warehouse, database, schema },
    query_tag: queryTag(context.stamps),
    client_session_keep_alive: true,
    reuse_connections: true,
    connect_retries: 2,
    connect_timeout: 5,
    ...loginOf(grant),
    ...addressOf(grant, context),
  };
}

function loginOf({ login }: SnowflakeGrant): ProfileOutput {
  const token = { envVar: SNOWFLAKE_TOKEN, whilePlanning: 'none-while-planning' };
  switch (login.route) {
    case 'relay':
    case 'token':
      return { authenticator: 'workload_identity', workload_identity_provider: 'OIDC', token };
    case 'aws':
      return { authenticator: 'workload_identity', workload_identity_provider: 'AWS' };
    case 'oauth':
      return { authenticator: 'oauth', token };
  }
}

/** The account's own address, unless there is a relay before it or, in tests, a service in its place. */
function addressOf({ login }: SnowflakeGrant, { endpoints }: ProfileContext): ProfileOutput {
  const local = { host: '127.0.0.1', protocol: 'http' };
  if (login.route === 'relay') {
    return { ...local, port: { envVar: SNOWFLAKE_PORT, whilePlanning: '443', number: true } };
  }
  return endpoints.snowflake ? { ...local, port: Number(new URL(endpoints.snowflake).port) } : {};
}
