import type { BigQueryGrant } from '../../policy/grant-types.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** `oauth` is application default credentials, which refresh themselves. Source: dbt-bigquery, credentials.py. */
export function bigQueryOutput(grant: BigQueryGrant, { endpoints }: ProfileContext): ProfileOutput {
  return {
    type: 'bigquery',
    method: 'oauth',
    project: grant.project,
    dataset: grant.dataset,
    ...(grant.location && { location: grant.location }),
    ...(grant.maximumBytesBilled && { maximum_bytes_billed: grant.maximumBytesBilled }),
    scopes: grant.scopes,
    ...(endpoints.bigquery && { api_endpoint: endpoints.bigquery }),
  };
}
