import { jwtVerify } from 'jose';
import type { Clock, Jwks } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { sha256 } from '../sha256.ts';
import { type Identity, knownClaims } from './claims.ts';
import { readCompact } from './compact.ts';
import { checkHeader } from './header.ts';
import { refusal } from './refusal.ts';
import { signingKey } from './signing-key.ts';
import { CLOCK_TOLERANCE, checkTimes, MAX_AGE } from './times.ts';
import { type ExpectedToken, failedClaim, wrongAudience } from './token-failure.ts';

/**
 * Verifies a GitHub OIDC token: its spelling and header, the signature by the issuer's key, then
 * issuer, audience and times (RFC 7519, RFC 8725).
 * @throws PassportError ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED or ERR_JWKS_UNAVAILABLE; `reason` names the rule that was broken
 */
export async function verifyToken(
  token: Secret,
  expected: ExpectedToken,
  ports: { readonly jwks: Jwks; readonly clock: Clock },
): Promise<Identity> {
  const text = token.reveal();
  const compact = readCompact(text);
  const key = await signingKey(checkHeader(compact), expected.issuer, ports.jwks);
  const now = ports.clock();
  try {
    await jwtVerify(text, key, {
      // Said to the library as well (RFC 8725, section 3.1). No token can tell: checkHeader lets no other
      // algorithm through, and signingKey gives a key that is for RS256 only.
      algorithms: ['RS256'],
      typ: 'JWT',
      issuer: expected.issuer,
      audience: expected.audience,
      clockTolerance: CLOCK_TOLERANCE,
      maxTokenAge: MAX_AGE,
      requiredClaims: ['iss', 'aud', 'sub', 'jti', 'iat', 'nbf', 'exp'],
      currentDate: now,
    });
  } catch (error) {
    throw failedClaim(error, compact.payload, expected, now);
  }
  return identityOf(compact.payload, expected, await sha256(text));
}

function identityOf(
  payload: ReadonlyMap<string, unknown>,
  expected: ExpectedToken,
  digest: string,
): Identity {
  if (payload.get('aud') !== expected.audience) throw wrongAudience(payload, expected);
  const { iat, exp } = checkTimes(payload);
  return {
    claims: knownClaims(payload),
    token: {
      issuer: expected.issuer,
      subject: requiredText(payload, 'sub'),
      audience: expected.audience,
      tokenId: requiredText(payload, 'jti'),
      issuedAt: rfc3339(iat),
      expiresAt: rfc3339(exp),
      sha256: digest,
    },
  };
}

function requiredText(payload: ReadonlyMap<string, unknown>, name: 'sub' | 'jti'): string {
  const value = payload.get(name);
  if (typeof value !== 'string' || value === '')
    throw refusal('TOKEN_CLAIM', `the claim ${name} must be text`);
  return value;
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
