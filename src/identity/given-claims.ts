import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { type Identity, knownClaims, shownClaim } from './claims.ts';
import { kindOf, type Party, peopleInToken } from './people.ts';

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

/** Somebody whom GitHub's API could not name. */
const UNVERIFIED = 'unverified';

/** How a re-runner is written down: `LOGIN:ID`, or one word for somebody whom GitHub did not name. */
export const RERUN_BY = /^(unverified|[A-Za-z0-9][A-Za-z0-9-]{0,99}(\[bot\])?:[1-9][0-9]{0,18})$/;

/** The same identity in an attempt that somebody else started, as GitHub's API would name them. `written` fits `RERUN_BY`. */
export function rerunBy(identity: Identity, written: string): Party {
  const known = peopleInToken(identity.claims);
  if (written === UNVERIFIED) {
    const attemptBy = { basis: 'asserted', login: '', doubt: 'refused', answer: '' } as const;
    return { ...identity, people: { ...known, attemptBy } };
  }
  const [login = '', id = ''] = written.split(':');
  const person = { login, id, kind: kindOf({ login, id, type: 'User' }) };
  return { ...identity, people: { ...known, attemptBy: { basis: 'github-api', ...person } } };
}
