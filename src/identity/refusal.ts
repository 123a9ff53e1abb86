import { PassportError } from '../errors.ts';

/** Why a token was refused: one name for each kind of fault that the attack tests know. */
export type TokenReason =
  | 'TOKEN_SIZE'
  | 'TOKEN_FORMAT'
  | 'TOKEN_DUPLICATE'
  | 'CLAIM_NAME'
  | 'TOKEN_ALG'
  | 'TOKEN_HEADER'
  | 'TOKEN_TYP'
  | 'TOKEN_KID'
  | 'TOKEN_KID_UNKNOWN'
  | 'TOKEN_SIGNATURE'
  | 'TOKEN_ISS'
  | 'TOKEN_AUD'
  | 'TOKEN_TIME'
  | 'TOKEN_CLAIM'
  | 'KEY_WEAK'
  | 'JWKS_AMBIGUOUS';

const DEFAULT_HINT =
  'GitHub does not issue such a token. Check that no earlier step of the job changes the ACTIONS_ID_TOKEN_REQUEST_* variables.';

/** The error for a token that cannot be trusted; it is never retried. */
export function refusal(reason: TokenReason, message: string, hint: string = DEFAULT_HINT): PassportError {
  return new PassportError('ERR_TOKEN_INVALID', message, { reason, hint });
}
