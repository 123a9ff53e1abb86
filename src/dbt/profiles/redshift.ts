import type { RedshiftGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** `iam_role` without a profile: boto finds the broker by itself. Source: dbt-redshift, connections.py. */
export function redshiftOutput(grant: RedshiftGrant, _context: ProfileContext): ProfileOutput {
  return {
    type: 'redshift',
    method: 'iam_role',
    host: grant.host,
    port: grant.port,
    dbname: grant.database,
    schema: grant.schema,
    region: grant.aws.region,
    ...(grant.clusterId && { cluster_id: grant.clusterId }),
  };
}
