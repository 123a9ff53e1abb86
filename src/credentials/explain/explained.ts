import { PassportError } from '../../errors.ts';
import type { Claims } from '../../identity/claims.ts';
import type { Grant } from '../../policy/grant-types.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import { CloudFault } from '../cloud-fault.ts';

/** What a refusal is explained with. */
export interface RefusalContext {
  readonly grant: Grant;
  readonly rule: Rule;
  readonly policy: Policy;
  readonly claims: Claims;
}

/** A fault of a cloud as the error that a person reads; any other error as it is. */
export function explained(error: unknown, _context: RefusalContext): unknown {
  if (!(error instanceof CloudFault)) return error;
  const code = error.transient ? 'ERR_CREDENTIAL_UNAVAILABLE' : 'ERR_CREDENTIAL_REFUSED';
  return new PassportError(code, error.message, { cause: error });
}
