import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicKeysOf } from '../../../src/policy/trust/kong-keys.ts';

type Key = Readonly<Record<string, unknown>>;

/** A public key, as an issuer publishes it. */
async function rsa(modulusLength: number): Promise<Key> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength };
  const publicExponent = new Uint8Array([1, 0, 1]);
  const pair = await crypto.subtle.generateKey({ ...algorithm, publicExponent }, true, ['sign', 'verify']);
  const { kty, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { kty, n, e, kid: 'k1' };
}

const key = rsa(2048);

/** The names of the keys that are taken of a set. */
async function kids(...keys: readonly unknown[]): Promise<readonly string[]> {
  return (await publicKeysOf(JSON.stringify({ keys }))).map(({ kid }) => kid);
}

async function refusal(text: string): Promise<unknown> {
  return publicKeysOf(text).then(
    () => 'taken',
    (error) => [error.code, error.message],
  );
}

const invalid = (why: string) => ['ERR_INPUT_INVALID', `expected the key set of the issuer; ${why}`];

describe('the keys for Kong', () => {
  it('are PEM, with lines of 64 characters', async () => {
    const [found] = await publicKeysOf(JSON.stringify({ keys: [await key] }));
    const jwk = await key;
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    expect(found).toEqual({ kid: 'k1', pem });
  });

  it('are those that sign with RS256, whether or not they say so', async () => {
    const rs256 = { ...(await key), use: 'sig', alg: 'RS256' };
    expect(await kids(rs256, { ...(await key), kid: 'k2' })).toEqual(['k1', 'k2']);
    expect(
      await kids(rs256, { ...rs256, use: 'enc' }, { ...rs256, alg: 'RS512' }, { ...rs256, kty: 'EC' }),
    ).toEqual(['k1']);
  });

  it.each([
    ['{', 'it is no JSON'],
    ['null', 'it has no list of keys'],
    ['{}', 'it has no list of keys'],
    ['{"keys":"x"}', 'it has no list of keys'],
    ['{"keys":[{},null]}', 'it has no list of keys'],
    ['{"keys":[]}', 'it has no RSA key for signatures'],
  ])('cannot be read from %s', async (text, why) => {
    expect(await refusal(text)).toEqual(invalid(why));
  });

  it.each([undefined, '', 7])('are none with the name %j', async (kid) => {
    const text = JSON.stringify({ keys: [{ ...(await key), kid }] });
    expect(await refusal(text)).toEqual(invalid('a key has no kid'));
  });

  it('are none that are short, or no keys', async () => {
    const weak = invalid('a key is no RSA key of 2048 bits or more');
    expect(await refusal(JSON.stringify({ keys: [await rsa(1024)] }))).toEqual(weak);
    expect(await refusal(JSON.stringify({ keys: [{ kty: 'RSA', kid: 'k1', n: 'x', e: 'AQAB' }] }))).toEqual(
      weak,
    );
  });
});
