import { base64url, type JSONWebKeySet, type JWK } from 'jose';
import type { Jwks } from '../ports.ts';
import { plain } from '../untrusted.ts';
import { refusal } from './refusal.ts';
import { hasRocaFingerprint } from './roca.ts';

const MIN_BITS = 2048;

/** The issuer's one key with this id; an id not seen before is looked for once more past the cache. */
export async function signingKey(kid: string, issuer: string, jwks: Jwks): Promise<JWK> {
  const key =
    keyById(kid, await jwks(issuer, { fresh: false })) ?? keyById(kid, await jwks(issuer, { fresh: true }));
  if (key === undefined) {
    throw refusal(
      'TOKEN_KID_UNKNOWN',
      `the issuer ${plain(issuer)} publishes no key with the id ${plain(kid, 80)}`,
      'If the issuer changed its keys just now, run the job again; otherwise the token is not from this issuer.',
    );
  }
  return checkKey(key);
}

function keyById(kid: string, set: JSONWebKeySet): JWK | undefined {
  const found = set.keys.filter((key) => key.kid === kid);
  if (found.length > 1) {
    throw refusal(
      'JWKS_AMBIGUOUS',
      `the issuer publishes ${found.length} keys with the id ${plain(kid, 80)}; expected one`,
    );
  }
  return found[0];
}

/** Only the public numbers go on, so that nothing else in the published key has a say. */
function checkKey(key: JWK): JWK {
  const { kty, n, e } = key;
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string' || !isForRs256(key)) {
    throw refusal('KEY_WEAK', 'the key must be an RSA key for RS256 signatures');
  }
  const modulus = integer(n);
  const bits = modulus.toString(2).length;
  if (bits < MIN_BITS)
    throw refusal('KEY_WEAK', `the RSA key has ${bits} bits; at least ${MIN_BITS} are required`);
  if (integer(e) !== 65537n) throw refusal('KEY_WEAK', 'the exponent of the RSA key must be 65537');
  if (hasRocaFingerprint(modulus))
    throw refusal('KEY_WEAK', 'the RSA key is from a faulty generator (CVE-2017-15361)');
  return { kty, n, e, alg: 'RS256' };
}

function isForRs256({ alg, use, key_ops: operations }: JWK): boolean {
  return (
    (alg === undefined || alg === 'RS256') &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  );
}

/** An unsigned big-endian number in base64url (RFC 7518, section 2). */
function integer(text: string): bigint {
  try {
    return base64url.decode(text).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  } catch {
    throw refusal('KEY_WEAK', 'the RSA key is not base64url');
  }
}
