import { DATABRICKS_TOKEN } from '../../credentials/variable-names.ts';
import type { DatabricksGrant } from '../../policy/grant-types.ts';
import type { ProfileOutput } from './output.ts';

/** The exchanged token stands where a personal access token would. Source: dbt-databricks, credentials.py. */
export function databricksOutput(grant: DatabricksGrant): ProfileOutput {
  return {
    type: 'databricks',
    host: grant.host,
    http_path: grant.httpPath,
    catalog: grant.catalog,
    schema: grant.schema,
    token: { envVar: DATABRICKS_TOKEN, whilePlanning: 'none-while-planning' },
  };
}
