import { base64url, type JSONWebKeySet, type JWK } from 'jose';
import type { Jwks } from '../ports.ts';
import { plain } from '../untrusted.ts';
import { refusal } from './refusal.ts';
import { hasRocaFingerprint } from './roca.ts';

const MIN_BITS = 2048;
const MAX_BITS = 8192;
const KEY_HINT =
  'GitHub publishes no such key. Check `issuer:` in the policy, and ask who runs that issuer for its signing keys.';

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
      KEY_HINT,
    );
  }
  return found[0];
}

/** Only the public numbers go on, so that nothing else in the published key has a say. */
function checkKey(key: JWK): JWK {
  const weakness = weaknessOf(key);
  if (weakness !== undefined) throw refusal('KEY_WEAK', weakness, KEY_HINT);
  const { kty, n, e } = key;
  return { kty, n, e, alg: 'RS256' } as JWK;
}

function weaknessOf(key: JWK): string | undefined {
  if (key.kty !== 'RSA' || !isForRs256(key)) return 'the key must be an RSA key for RS256 signatures';
  const [modulus, exponent] = [integer(key.n), integer(key.e)];
  if (modulus === undefined || exponent === undefined) return 'the numbers of the RSA key must be base64url';
  const bits = modulus.toString(2).length;
  if (bits < MIN_BITS || bits > MAX_BITS) {
    return `the RSA key has ${bits} bits; ${MIN_BITS} to ${MAX_BITS} are accepted`;
  }
  if (exponent !== 65537n) return 'the exponent of the RSA key must be 65537';
  if (hasRocaFingerprint(modulus)) return 'the RSA key is from a faulty generator (CVE-2017-15361)';
  return undefined;
}

function isForRs256({ alg, use, key_ops: operations }: JWK): boolean {
  return (
    (alg === undefined || alg === 'RS256') &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  );
}

/** An unsigned big-endian number in base64url (RFC 7518, section 2). */
function integer(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined;
  return BigInt(`0x${Buffer.from(base64url.decode(text)).toString('hex')}`);
}
