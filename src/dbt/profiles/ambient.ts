import {
  POSTGRES_PASSWORD,
  REDSHIFT_PASSWORD,
  REDSHIFT_USER,
  SNOWFLAKE_PASSWORD,
  SNOWFLAKE_PRIVATE_KEY,
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
} from '../../credentials/variable-names.ts';
import type { Grant } from '../../policy/grant-types.ts';
import type { EnvReference, ProfileContext, ProfileOutput } from './output.ts';

/**
 * The profile for credentials of an earlier step: the federated login is taken out and what ambient.ts passes is
 * put in. Adapters that find their credentials in the environment need no change.
 */
export function ambientOutput(
  grant: Grant,
  federated: ProfileOutput,
  context: ProfileContext,
): ProfileOutput {
  if (grant.kind === 'snowflake') {
    return {
      ...without(federated, FEDERATED_SNOWFLAKE),
      ...loopback(context.endpoints.snowflake),
      // An empty one counts as none: dbt-snowflake, connections.py, auth_args.
      password: variable(SNOWFLAKE_PASSWORD),
      private_key: variable(SNOWFLAKE_PRIVATE_KEY),
      private_key_passphrase: variable(SNOWFLAKE_PRIVATE_KEY_PASSPHRASE),
    };
  }
  // libpq takes an empty password as given, and would not look at PGPASSWORD.
  if (grant.kind === 'postgres') return { ...federated, password: variable(POSTGRES_PASSWORD) };
  if (grant.kind === 'redshift') {
    return {
      ...without(federated, ['method', 'region', 'cluster_id', 'iam_profile']),
      method: 'database',
      user: { envVar: REDSHIFT_USER, whilePlanning: 'none-while-planning' },
      password: { envVar: REDSHIFT_PASSWORD, whilePlanning: 'none-while-planning' },
    };
  }
  return federated;
}

const FEDERATED_SNOWFLAKE = [
  'authenticator',
  'workload_identity_provider',
  'token',
  'host',
  'port',
  'protocol',
];

function variable(envVar: string): EnvReference {
  return { envVar, whilePlanning: '' };
}

function loopback(origin: string | undefined): ProfileOutput {
  if (origin === undefined) return {};
  const { hostname, port } = new URL(origin);
  return { host: hostname, port: Number(port), protocol: 'http' };
}

function without(output: ProfileOutput, keys: readonly string[]): ProfileOutput {
  return Object.fromEntries(Object.entries(output).filter(([key]) => !keys.includes(key)));
}
