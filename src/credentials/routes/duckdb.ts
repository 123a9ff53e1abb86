import { PassportError } from '../../errors.ts';
import type { DuckDbGrant } from '../../policy/grant-types.ts';
import type { Desk, OpenRoute } from '../desk.ts';

/** A file beside the project: nothing is issued, and evidence says so with an empty list. */
export async function openDuckDb(grant: DuckDbGrant, _desk: Desk): Promise<OpenRoute> {
  if (grant.s3 !== undefined)
    throw new PassportError('ERR_CREDENTIAL_UNAVAILABLE', 'no credentials for S3 yet');
  return { variables: new Map(), lifetimes: [] };
}
