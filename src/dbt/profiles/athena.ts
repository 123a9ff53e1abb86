import type { AthenaGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** No key of a credential: boto finds the broker by itself. Source: dbt-athena, connections.py. */
export function athenaOutput(grant: AthenaGrant, { endpoints }: ProfileContext): ProfileOutput {
  return {
    type: 'athena',
    region_name: grant.aws.region,
    s3_staging_dir: grant.s3StagingDir,
    ...(grant.s3DataDir && { s3_data_dir: grant.s3DataDir }),
    ...(grant.workGroup && { work_group: grant.workGroup }),
    ...(endpoints.aws && { endpoint_url: endpoints.aws }),
    database: grant.database,
    schema: grant.schema,
  };
}
