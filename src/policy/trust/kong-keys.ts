import { PassportError } from '../../errors.ts';
import type { PublicKey } from './kong-options.ts';

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/**
 * The keys of a JSON Web Key Set (RFC 7517) that sign with RS256, for Kong, which reads PEM.
 * Throws ERR_INPUT_INVALID for anything that is no such set, and for a key of less than 2048 bits.
 */
export async function publicKeysOf(jwks: string): Promise<readonly PublicKey[]> {
  const { keys } = parsed(jwks);
  const signing = keys.filter(
    ({ kty, use = 'sig', alg = 'RS256' }) => kty === 'RSA' && use === 'sig' && alg === 'RS256',
  );
  if (signing.length === 0) throw invalid('it has no RSA key for signatures');
  return Promise.all(signing.map(publicKey));
}

interface Jwk extends JsonWebKey {
  readonly kid?: unknown;
}

function parsed(text: string): { readonly keys: readonly Jwk[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
  const keys = value instanceof Object ? (value as { readonly keys?: unknown }).keys : undefined;
  if (!Array.isArray(keys) || keys.some((key) => !(key instanceof Object)))
    throw invalid('it has no list of keys');
  return { keys };
}

async function publicKey({ kid, kty, n, e }: Jwk): Promise<PublicKey> {
  if (typeof kid !== 'string' || kid === '') throw invalid('a key has no kid');
  const der = await spkiOf({ kty, n, e } as JsonWebKey);
  if (der === undefined) throw invalid('a key is no RSA key of 2048 bits or more');
  const base64 = btoa(String.fromCharCode(...new Uint8Array(der)));
  const lines = base64.match(/.{1,64}/g) ?? [];
  return { kid, pem: ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n') };
}

/** Undefined for what is no RSA key, and for one that is too short. */
async function spkiOf(jwk: JsonWebKey): Promise<ArrayBuffer | undefined> {
  try {
    const key = await crypto.subtle.importKey('jwk', jwk, RS256, true, []);
    const { modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
    return modulusLength < 2048 ? undefined : await crypto.subtle.exportKey('spki', key);
  } catch {
    return undefined;
  }
}

function invalid(why: string): PassportError {
  return new PassportError('ERR_INPUT_INVALID', `expected the key set of the issuer; ${why}`, {
    hint: "Save the issuer's /.well-known/jwks as a file and give that.",
  });
}
