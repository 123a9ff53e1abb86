import { PassportError } from '../../errors.ts';
import type { PostgresGrant } from '../../policy/grant-types.ts';
import type { Desk, OpenRoute } from '../desk.ts';

export async function openPostgres(grant: PostgresGrant, _desk: Desk): Promise<OpenRoute> {
  throw new PassportError('ERR_CREDENTIAL_UNAVAILABLE', `no credentials for ${grant.kind} yet`);
}
