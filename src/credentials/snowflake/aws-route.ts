import type { AwsRole } from '../../policy/grant-types.ts';
import { awsContainer } from '../aws/container.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { directVariables } from './driver-variables.ts';

/**
 * dbt logs in as an IAM role: at each login the driver signs a new attestation with keys that the broker renews.
 * The role is checked by AWS; what Snowflake makes of it is seen at dbt's first login, because the SQL API is not
 * documented to take such an attestation.
 * Source: snowflake-connector-python, wif_util.py, create_aws_attestation.
 */
export async function openAwsRoute(aws: AwsRole, desk: Desk): Promise<OpenRoute> {
  const { variables, lifetime } = await awsContainer(aws, desk);
  return {
    variables: new Map([
      ...variables,
      ...directVariables(desk.endpoints),
      // The other form of attestation needs another trust at Snowflake.
      ['SNOWFLAKE_ENABLE_AWS_WIF_OUTBOUND_TOKEN', 'false'],
    ]),
    lifetimes: [lifetime],
  };
}
