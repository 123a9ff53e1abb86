import { createHash, createPrivateKey, sign } from 'node:crypto';
import { bundleToJSON, toMessageSignatureBundle } from '@sigstore/bundle';
import { FulcioSigner, MessageSignatureBundleBuilder, TSAWitness } from '@sigstore/sign';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { policySigner } from '../../src/evidence/policy-signature.ts';
import type { Trust } from '../../src/evidence/trust.ts';
import { bytes, ed25519Key, p256Key, type TestKey } from '../support/evidence.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { type Sigstore, startSigstore } from '../support/sigstore.ts';

const POLICY = bytes('version: "1"\n');
const SOURCE = `acme/policies/dbt.yml@${'1'.repeat(40)}`;
const UNTRUSTED = { code: 'ERR_POLICY_UNTRUSTED', reason: 'POLICY_SIGNATURE' };

/** As a tool that signs files with a key leaves it. */
function signedWith({ secret }: TestKey, content: Uint8Array, said = content): Uint8Array {
  const key = createPrivateKey(secret.reveal());
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const bundle = toMessageSignatureBundle({
    digest: createHash('sha256').update(said).digest(),
    signature: sign(algorithm, content, key),
    keyHint: 'a hint',
  });
  return bytes(JSON.stringify(bundleToJSON(bundle)));
}

const asked = (signature: Uint8Array | undefined, trust: Trust, policy = POLICY) =>
  policySigner({ bytes: policy, source: SOURCE, ...(signature && { signature }) }, trust);

describe.each([
  ['an ECDSA P-256', p256Key],
  ['an Ed25519', ed25519Key],
])('P11 a policy signed with %s key', (_, newKey) => {
  it('P11 is taken with the pinned key', async () => {
    const key = newKey();
    const signature = signedWith(key, POLICY);
    expect(await asked(signature, { kind: 'key', pem: key.publicPem })).toMatch(
      /^SHA256:[A-Za-z0-9+/]{43}=$/,
    );
  });

  it.each<[string, (key: TestKey) => Promise<Uint8Array | undefined>]>([
    ['no signature', async () => undefined],
    ['a signature by another key', async () => signedWith(newKey(), POLICY)],
    [
      'a signature by another kind of key',
      async () => signedWith(newKey === p256Key ? ed25519Key() : p256Key(), POLICY),
    ],
    ['a signature of other bytes', async (key) => signedWith(key, bytes('other'))],
    [
      'a signature of other bytes that says it is of these',
      async (key) => signedWith(key, bytes('x'), POLICY),
    ],
    [
      'a signature of these bytes that says it is of others',
      async (key) => signedWith(key, POLICY, bytes('x')),
    ],
    ['an envelope, as evidence has', async (key) => bytes((await keySigner(key.secret)(POLICY)).bundle)],
    ['no bundle', async () => bytes('{}')],
    ['no JSON', async () => bytes('::set-output name=decision::allow')],
  ])('P11 is refused with %s', async (_, made) => {
    const key = newKey();
    const refusal = asked(await made(key), { kind: 'key', pem: key.publicPem });
    await expect(refusal).rejects.toMatchObject(UNTRUSTED);
  });
});

it('P11 a policy signed with an Ed25519 key still needs the time that a trusted root asks for', async () => {
  const sigstore = await startSigstore({ issuerUrl: 'http://127.0.0.1:1' });
  await sigstore.close();
  const key = ed25519Key();
  const trust: Trust = { kind: 'key', pem: key.publicPem, trustedRoot: sigstore.trustedRoot };
  const refusal = asked(signedWith(key, POLICY), trust);
  await expect(refusal).rejects.toMatchObject({
    ...UNTRUSTED,
    message: expect.stringContaining('timestamps'),
  });
});

describe('P11 a policy signed by an identity', () => {
  const IDENTITY = 'https://github.com/acme/policies/.github/workflows/sign.yml@refs/heads/main';
  let issuer: Issuer;
  let sigstore: Sigstore;
  let signature: Uint8Array;

  beforeAll(async () => {
    issuer = await startIssuer();
    sigstore = await startSigstore({ issuerUrl: issuer.issuer });
    const claims = { job_workflow_ref: 'acme/policies/.github/workflows/sign.yml@refs/heads/main' };
    const token = await issuer.mint({ audience: 'sigstore', claims });
    const signer = new FulcioSigner({
      fulcioBaseURL: sigstore.fulcioUrl,
      identityProvider: { getToken: async () => token },
    });
    const witnesses = [new TSAWitness({ tsaBaseURL: sigstore.tsaUrl })];
    const bundle = await new MessageSignatureBundleBuilder({ signer, witnesses }).create({
      data: Buffer.from(POLICY),
    });
    signature = bytes(JSON.stringify(bundleToJSON(bundle)));
  });
  afterAll(async () => {
    await sigstore.close();
    await issuer.close();
  });

  const trust = (change: Partial<Trust & { kind: 'root' }> = {}): Trust => ({
    kind: 'root',
    trustedRoot: { ...sigstore.trustedRoot, tlogs: [] },
    identity: IDENTITY,
    issuer: issuer.issuer,
    ...change,
  });

  it('P11 is taken from that identity, with a time that is proven', async () => {
    expect(await asked(signature, trust())).toBe(IDENTITY);
  });

  it('P11 is refused from another identity or issuer, of other bytes, and by a root that did not certify it', async () => {
    const other = await startSigstore({ issuerUrl: issuer.issuer });
    await other.close();
    const cases: (readonly [Trust, Uint8Array?])[] = [
      [trust({ identity: `${IDENTITY}x` })],
      [trust({ identity: IDENTITY.slice(0, -1) })],
      [trust({ issuer: 'https://token.actions.githubusercontent.com' })],
      [trust(), bytes('version: "2"\n')],
      [trust({ trustedRoot: { ...other.trustedRoot, tlogs: [] } })],
      [trust({ trustedRoot: { ...sigstore.trustedRoot, tlogs: [], timestampAuthorities: [] } })],
      [trust({ trustedRoot: sigstore.trustedRoot })],
      [{ kind: 'key', pem: p256Key().publicPem }],
    ];
    for (const [one, policy] of cases) {
      await expect(asked(signature, one, policy)).rejects.toMatchObject(UNTRUSTED);
    }
  });
});
