import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrust } from '../../src/evidence/trust.ts';
import { ed25519Key, p256Key } from '../support/evidence.ts';
import { type Sigstore, startSigstore, type TrustedRootJson } from '../support/sigstore.ts';

let root: TrustedRootJson;
let sigstore: Sigstore;
beforeAll(async () => {
  sigstore = await startSigstore({ issuerUrl: 'http://127.0.0.1:1' });
  root = sigstore.trustedRoot;
});
afterAll(() => sigstore.close());

const signer = {
  identity: 'https://github.com/a/b/.github/workflows/c.yml@refs/heads/main',
  issuer: 'https://i',
};
const withRoot = (trustedRoot: unknown) => openTrust({ kind: 'root', trustedRoot, ...signer });
const usage = { code: 'ERR_INPUT_INVALID', reason: 'TRUST' };

/** The same log without the start of its validity. */
const startless = (logs: readonly object[]) =>
  logs.map((log) => {
    const copy = structuredClone(log) as { publicKey: { validFor: { start?: string; end?: string } } };
    copy.publicKey.validFor = { end: '2099-01-01T00:00:00Z' };
    return copy;
  });

describe('what a reviewer may trust', () => {
  it('takes a whole root, and one without logs as GitHub has', async () => {
    await withRoot(root);
    await withRoot({ ...root, tlogs: [], ctlogs: [] });
  });

  it.each(['tlogs', 'ctlogs'] as const)('refuses a root whose %s have no start of validity', async (part) => {
    await expect(withRoot({ ...root, [part]: startless(root[part]) })).rejects.toMatchObject(usage);
  });

  it.each([
    ['nothing', {}],
    ['null', null],
    ['text', 'trusted'],
    ['a list', [1]],
    [
      'a broken certificate',
      { certificateAuthorities: [{ certChain: { certificates: [{ rawBytes: 'AAAA' }] } }] },
    ],
    ['a broken key', { tlogs: [{ publicKey: { rawBytes: 'AAAA' } }] }],
  ])('refuses %s as a root', async (_, trustedRoot) => {
    await expect(withRoot(trustedRoot)).rejects.toMatchObject(usage);
  });

  it.each([
    ['P-256', p256Key().publicPem],
    ['ed25519', ed25519Key().publicPem],
    ['P-256 with Windows line ends', p256Key().publicPem.replaceAll('\n', '\r\n')],
  ])('takes a key of %s', async (_, pem) => {
    await openTrust({ kind: 'key', pem });
  });

  const spki = (pair: ReturnType<typeof generateKeyPairSync>) =>
    String(pair.publicKey.export({ type: 'spki', format: 'pem' }));
  it.each([
    ['RSA', spki(generateKeyPairSync('rsa', { modulusLength: 2048 }))],
    ['P-384', spki(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
    ['ed448', spki(generateKeyPairSync('ed448'))],
    ['a private key', p256Key().secret.reveal()],
    ['two keys', p256Key().publicPem + p256Key().publicPem],
    ['nothing', ''],
    ['broken base64', '-----BEGIN PUBLIC KEY-----\nA===A\n-----END PUBLIC KEY-----'],
    ['bytes that are no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
  ])('refuses %s as a key', async (_, pem) => {
    await expect(openTrust({ kind: 'key', pem })).rejects.toMatchObject(usage);
  });

  it('refuses a broken root beside a key', async () => {
    const pem = p256Key().publicPem;
    await expect(openTrust({ kind: 'key', pem, trustedRoot: {} })).rejects.toMatchObject(usage);
  });
});
