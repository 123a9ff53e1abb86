import type { PostgresGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** With an empty password libpq reads PGPASSFILE at each connect. Source: dbt-postgres, connections.py; libpq, passfile. */
export function postgresOutput(grant: PostgresGrant, { projectDir, stamps }: ProfileContext): ProfileOutput {
  const { sslRootCert } = grant;
  return {
    type: 'postgres',
    host: grant.host,
    port: grant.port,
    user: grant.user,
    password: '',
    dbname: grant.database,
    schema: grant.schema,
    sslmode: grant.sslMode,
    ...(sslRootCert && {
      sslrootcert: sslRootCert.startsWith('/') ? sslRootCert : `${projectDir}/${sslRootCert}`,
    }),
    application_name: applicationName(stamps),
  };
}

/** Whose sessions these are, for pg_stat_activity and the server's log. PostgreSQL keeps 63 bytes of ASCII. */
function applicationName(stamps: ProfileContext['stamps']): string {
  const [trace, run, attempt] = ['TRACE_ID', 'RUN_ID', 'RUN_ATTEMPT'].map(
    (name) => stamps[`DBT_ENV_CUSTOM_ENV_${name}`],
  );
  return (trace === undefined ? 'dbt' : `dbt ${trace} ${run}.${attempt}`).slice(0, 63);
}
