import type { AthenaGrant } from '../../policy/grant-types.ts';
import { awsContainer } from '../aws/container.ts';
import type { Desk, OpenRoute } from '../desk.ts';

/** Each query, and each file in S3, is signed by boto with what the broker has at that moment. */
export async function openAthena(grant: AthenaGrant, desk: Desk): Promise<OpenRoute> {
  const { variables, lifetime } = await awsContainer(grant.aws, desk);
  return { variables, lifetimes: [lifetime] };
}
