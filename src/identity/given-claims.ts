import { PassportError } from '../errors.ts';
import { type Identity, knownClaims, shownClaim } from './claims.ts';

/**
 * An identity from claims that a person wrote down, for `policy explain`: nothing about it is verified.
 * @throws PassportError ERR_INPUT_INVALID when it is not an object of claims
 */
export function identityOf(written: unknown): Identity {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw new PassportError(
      'ERR_INPUT_INVALID',
      'expected an object with the claims of a token, got something else',
      {
        hint: 'Write the decoded payload: {"iss": "https://token.actions…", "repository_id": "…", …}.',
      },
    );
  }
  const claims = knownClaims(new Map(Object.entries(written)));
  const shown = (name: 'iss' | 'sub' | 'aud' | 'jti') => shownClaim(claims, name);
  const token = {
    issuer: shown('iss'),
    subject: shown('sub'),
    audience: shown('aud'),
    tokenId: shown('jti'),
  };
  return { claims, token: { ...token, issuedAt: '', expiresAt: '', sha256: '' } };
}
