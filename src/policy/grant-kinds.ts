import * as v from 'valibot';
import type { Grant } from './grant-types.ts';
import { athenaGrant, athenaSchema } from './grants/athena.ts';
import { bigQueryGrant, bigQuerySchema } from './grants/bigquery.ts';
import { databricksGrant, databricksSchema } from './grants/databricks.ts';
import { duckDbGrant, duckDbSchema } from './grants/duckdb.ts';
import { postgresGrant, postgresSchema } from './grants/postgres.ts';
import { redshiftGrant, redshiftSchema } from './grants/redshift.ts';
import { snowflakeGrant, snowflakeSchema } from './grants/snowflake.ts';
import { mapping } from './scalars.ts';

const KINDS = ['athena', 'bigquery', 'databricks', 'duckdb', 'postgres', 'redshift', 'snowflake'];

/** The kinds of grant. A further warehouse is one more file in `grants/` and one more entry in each list here. */
export const grantSchema = v.pipe(
  mapping,
  v.variant(
    'kind',
    [
      athenaSchema,
      bigQuerySchema,
      databricksSchema,
      duckDbSchema,
      postgresSchema,
      redshiftSchema,
      snowflakeSchema,
    ],
    `one of ${KINDS.join(', ')}`,
  ),
);

type WrittenGrant = v.InferOutput<typeof grantSchema>;

export function resolveGrant(written: WrittenGrant): Grant {
  switch (written.kind) {
    case 'athena':
      return athenaGrant(written);
    case 'bigquery':
      return bigQueryGrant(written);
    case 'databricks':
      return databricksGrant(written);
    case 'duckdb':
      return duckDbGrant(written);
    case 'postgres':
      return postgresGrant(written);
    case 'redshift':
      return redshiftGrant(written);
    case 'snowflake':
      return snowflakeGrant(written);
  }
}
