import { PassportError } from '../../errors.ts';
import type { BigQueryGrant } from '../../policy/grant-types.ts';
import type { Desk, OpenRoute } from '../desk.ts';

export async function openBigQuery(grant: BigQueryGrant, _desk: Desk): Promise<OpenRoute> {
  throw new PassportError('ERR_CREDENTIAL_UNAVAILABLE', `no credentials for ${grant.kind} yet`);
}
