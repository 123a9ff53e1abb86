import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { Secret } from '../../src/secret.ts';
import { bytes, ed25519Key, p256Key, type TestKey } from '../support/evidence.ts';

const statement = bytes('{"_type":"https://in-toto.io/Statement/v1","é":1}');

interface BundleJson {
  readonly mediaType: string;
  readonly dsseEnvelope: {
    payload: string;
    payloadType: string;
    signatures: { sig: string; keyid: string }[];
  };
  readonly verificationMaterial: { publicKey: { hint: string } };
}
const signed = async (key: TestKey): Promise<BundleJson> =>
  JSON.parse((await keySigner(key.secret)(statement)).bundle);

describe('signing with a held key', () => {
  it.each([
    ['P-256', p256Key()],
    ['ed25519', ed25519Key()],
  ])('%s: a bundle v0.3 with one signature over the exact bytes', async (_, key) => {
    const { mediaType, dsseEnvelope, verificationMaterial } = await signed(key);
    expect(mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    expect(dsseEnvelope.payloadType).toBe('application/vnd.in-toto+json');
    expect(Buffer.from(dsseEnvelope.payload, 'base64')).toEqual(Buffer.from(statement));
    expect(dsseEnvelope.signatures).toHaveLength(1);
    const der = Buffer.from(key.publicPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const hint = createHash('sha256').update(der).digest('base64');
    expect([dsseEnvelope.signatures[0]?.keyid, verificationMaterial.publicKey.hint]).toEqual([hint, hint]);
  });

  it('reads SEC1 as well as PKCS#8', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = new Secret(String(privateKey.export({ type: 'sec1', format: 'pem' })));
    expect((await keySigner(sec1)(statement)).signer.identity).toMatch(/^SHA256:/);
  });

  it.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
    ['ed448', generateKeyPairSync('ed448').privateKey],
    ['x25519', generateKeyPairSync('x25519').privateKey],
  ])('refuses %s before anything runs', (_, key) => {
    const pem = new Secret(String(key.export({ type: 'pkcs8', format: 'pem' })));
    expect(() => keySigner(pem)).toThrow(
      /signing-key: expected an ECDSA P-256 or ed25519 private key, got a key of type/,
    );
  });

  it.each(['', 'not a key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXNlY3JldA==\n-----END PRIVATE KEY-----'])(
    'refuses what is no key, without showing it: %j',
    (value) => {
      let message = '';
      try {
        keySigner(new Secret(value));
      } catch (error) {
        message = `${(error as Error).message}${String((error as Error).cause)}`;
      }
      expect(message).toContain('not a private key in PEM');
      expect(message).not.toContain('c2VjcmV0');
    },
  );

  it('refuses a key with a passphrase', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    expect(() => keySigner(new Secret(String(pem)))).toThrow(/without a passphrase/);
  });
});

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8' });
}
const hasOpenssl = (() => {
  try {
    return openssl('version').startsWith('OpenSSL');
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)('openssl agrees (skipped when openssl is not installed)', () => {
  it.each([
    [
      'P-256',
      p256Key(),
      ['dgst', '-sha256', '-verify', 'key.pub', '-signature', 'sig', 'pae'],
      'Verified OK',
    ],
    [
      'ed25519',
      ed25519Key(),
      ['pkeyutl', '-verify', '-pubin', '-inkey', 'key.pub', '-rawin', '-in', 'pae', '-sigfile', 'sig'],
      'Signature Verified Successfully',
    ],
  ] as const)('%s: as docs/verify.md does it', async (_, key, args, verdict) => {
    const { dsseEnvelope } = await signed(key);
    const payload = Buffer.from(dsseEnvelope.payload, 'base64');
    const type = dsseEnvelope.payloadType;
    const folder = mkdtempSync(join(tmpdir(), 'openssl-'));
    writeFileSync(join(folder, 'key.pub'), key.publicPem);
    writeFileSync(join(folder, 'sig'), Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'));
    const head = `DSSEv1 ${type.length} ${type} ${payload.length} `;
    writeFileSync(join(folder, 'pae'), Buffer.concat([Buffer.from(head), payload]));
    const run = () => execFileSync('openssl', [...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(run()).toContain(verdict);
    writeFileSync(join(folder, 'pae'), Buffer.concat([Buffer.from(head), payload.subarray(1)]));
    expect(run).toThrow();
    rmSync(folder, { recursive: true });
  });
});
