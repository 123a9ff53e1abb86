import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { type Identity, knownClaims, shownClaim } from './claims.ts';

/** Characters of a claim, several times what GitHub's longest names can add up to in `sub`. */
const LONGEST = 8_192;

/**
 * An identity from claims that a person wrote down, for `policy explain`: nothing about it is verified.
 * @throws PassportError ERR_INPUT_INVALID when it is not an object of claims, or one is longer than any of GitHub
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
  if (claims.size === 0) {
    const keys = Object.keys(written)
      .slice(0, 5)
      .map((key) => plain(key, 50));
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `expected claims such as iss and repository_id, got none of them${keys.length === 0 ? '' : `, but ${keys.join(', ')}`}`,
      { hint: 'The claims are the top level of the object, as in the payload of a token (docs/policy.md).' },
    );
  }
  for (const [name, value] of claims) {
    if (typeof value !== 'string' || value.length <= LONGEST) continue;
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `expected at most ${LONGEST} characters in the claim ${name}, got ${value.length}`,
      { hint: 'GitHub issues no such token; take the claims of a real run.' },
    );
  }
  const shown = (name: 'iss' | 'sub' | 'aud' | 'jti') => shownClaim(claims, name);
  const token = {
    issuer: shown('iss'),
    subject: shown('sub'),
    audience: shown('aud'),
    tokenId: shown('jti'),
  };
  return { claims, token: { ...token, issuedAt: '', expiresAt: '', sha256: '' } };
}
