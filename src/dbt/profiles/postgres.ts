import type { PostgresGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** With an empty password libpq reads PGPASSFILE at each connect. Source: dbt-postgres, connections.py; libpq, passfile. */
export function postgresOutput(grant: PostgresGrant, _context: ProfileContext): ProfileOutput {
  return {
    type: 'postgres',
    host: grant.host,
    port: grant.port,
    user: grant.user,
    password: '',
    dbname: grant.database,
    schema: grant.schema,
    sslmode: grant.sslMode,
  };
}
