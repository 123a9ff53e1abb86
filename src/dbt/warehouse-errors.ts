import type { Grant } from '../policy/grant-types.ts';
import type { RunFact } from './invocation.ts';
import { awsProblem } from './warehouse-errors/aws.ts';
import { bigQueryProblem } from './warehouse-errors/bigquery.ts';
import { databricksProblem } from './warehouse-errors/databricks.ts';
import type { Lack } from './warehouse-errors/lack.ts';
import { postgresProblem } from './warehouse-errors/postgres.ts';
import { snowflakeProblem } from './warehouse-errors/snowflake.ts';

/** A node that the warehouse refused: not dbt's fault and not the credential's. All text is plain. */
export interface WarehouseProblem extends Lack {
  /** unique_id */
  readonly node: string;
}

/** The nodes that failed for a missing grant in the warehouse, or because the credential ended, in dbt's order. */
export function warehouseProblems(runs: readonly RunFact[], grant: Grant): readonly WarehouseProblem[] {
  return runs.flatMap(({ artifacts }) =>
    (artifacts?.runResults?.results ?? []).flatMap(({ status, message, uniqueId }) => {
      const lack = status === 'failed' ? lackOf(message, grant) : undefined;
      return lack === undefined ? [] : [{ node: uniqueId, ...lack }];
    }),
  );
}

function lackOf(message: string, grant: Grant): Lack | undefined {
  if (ENDED.test(message)) return { problem: ENDED_PROBLEM, statement: '' };
  switch (grant.kind) {
    case 'snowflake':
      return snowflakeProblem(message, grant);
    case 'bigquery':
      return bigQueryProblem(message, grant);
    case 'databricks':
      return databricksProblem(message, grant);
    case 'postgres':
    case 'redshift':
      return postgresProblem(message, grant);
    case 'athena':
    case 'duckdb':
      return awsProblem(message, grant);
  }
}

const ENDED_PROBLEM =
  'The credential ended while dbt ran, or was revoked: the log has the lifetime plan, and how long each credential was good.';

/**
 * A credential that was good and is so no longer, in the words of AWS (ExpiredToken), Snowflake (390110 to 390115 and
 * 390318: tokens of a session), Google ("Invalid Credentials", UNAUTHENTICATED) and Databricks.
 */
const ENDED =
  /\bExpiredToken|security token included in the request is expired|provided token has expired|\b39011[0-5]\b|\b390318\b|Authentication token has expired|Request had invalid authentication credentials|\bInvalid Credentials\b|\b(access )?token (is|has) expired/i;
