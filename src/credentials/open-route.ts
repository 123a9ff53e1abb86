import type { Grant } from '../policy/grant-types.ts';
import type { Desk, OpenRoute } from './desk.ts';
import { openAthena } from './routes/athena.ts';
import { openBigQuery } from './routes/bigquery.ts';
import { openDatabricks } from './routes/databricks.ts';
import { openDuckDb } from './routes/duckdb.ts';
import { openPostgres } from './routes/postgres.ts';
import { openRedshift } from './routes/redshift.ts';
import { openSnowflake } from './routes/snowflake.ts';

/** Exchanges the verified identity for credentials of exactly the grant's scope, and opens dbt's way to them. */
export function openRoute(grant: Grant, desk: Desk): Promise<OpenRoute> {
  switch (grant.kind) {
    case 'athena':
      return openAthena(grant, desk);
    case 'bigquery':
      return openBigQuery(grant, desk);
    case 'databricks':
      return openDatabricks(grant, desk);
    case 'duckdb':
      return openDuckDb(grant, desk);
    case 'postgres':
      return openPostgres(grant, desk);
    case 'redshift':
      return openRedshift(grant, desk);
    case 'snowflake':
      return openSnowflake(grant, desk);
  }
}
