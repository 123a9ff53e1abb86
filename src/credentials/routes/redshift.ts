import type { RedshiftGrant } from '../../policy/grant-types.ts';
import { awsContainer } from '../aws/container.ts';
import type { Desk, OpenRoute } from '../desk.ts';

/** boto asks Redshift for a password of the database at each connect, as the role. */
export async function openRedshift(grant: RedshiftGrant, desk: Desk): Promise<OpenRoute> {
  const { variables, lifetime } = await awsContainer(grant.aws, desk);
  return { variables, lifetimes: [lifetime] };
}
