import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFromJSON, isBundleWithDsseEnvelope, isBundleWithMessageSignature } from '@sigstore/bundle';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { toSignedEntity } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import { checkSigner } from '../../src/evidence/certificate.ts';
import { parseStrictJson } from '../../src/evidence/strict-json.ts';
import { openTrust, type Trust } from '../../src/evidence/trust.ts';
import { Checklist } from '../../src/evidence/verdict.ts';
import { sha256 } from '../../src/sha256.ts';
import { text } from '../support/evidence.ts';

/**
 * The bundles of sigstore-conformance through the trust code of the verifier. What they sign is not a dbt
 * run, so the checks of the predicate take no part; the digest of the artifact is compared here.
 */
const folder = join(import.meta.dirname, '../../../shared/peers/sigstore-conformance/bundle-verify');
const cases = existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'a.txt') : [];
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

/** The public-good root as the package of Sigstore's own client ships it. */
const publicGood: unknown = JSON.parse(
  Buffer.from(seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'], 'base64').toString(
    'utf8',
  ),
);

function read(name: string, file: string): Buffer | undefined {
  const path = join(folder, name, file);
  return existsSync(path) ? readFileSync(path) : undefined;
}

function trustOf(name: string): Trust {
  const own = read(name, 'trusted_root.json');
  const trustedRoot = own === undefined ? publicGood : JSON.parse(text(own));
  const pem = read(name, 'key.pub');
  if (pem !== undefined) return { kind: 'key', pem: text(pem), trustedRoot };
  return {
    kind: 'root',
    trustedRoot,
    identity: text(read(name, 'identity')).trim() || IDENTITY,
    issuer: text(read(name, 'issuer')).trim() || ISSUER,
  };
}

/** Throws when the bundle is to be refused. */
async function judge(name: string): Promise<void> {
  const trust = trustOf(name);
  const artifact = read(name, 'artifact') ?? readFileSync(join(folder, 'a.txt'));
  const authenticate = await openTrust(trust);
  const bundle = bundleFromJSON(parseStrictJson(read(name, 'bundle.sigstore.json') ?? Buffer.of()));
  const signer = authenticate(toSignedEntity(bundle, artifact));
  const list = new Checklist();
  if (trust.kind === 'root') checkSigner(list, signer, trust);
  expect(list.passed).toBe(true);
  const digest = await sha256(artifact);
  if (isBundleWithDsseEnvelope(bundle)) {
    const { subject } = parseStrictJson(bundle.content.dsseEnvelope.payload) as {
      subject: { digest: { sha256: string } }[];
    };
    expect(subject.map((one) => one.digest.sha256)).toContain(digest);
  }
  if (isBundleWithMessageSignature(bundle)) {
    expect(bundle.content.messageSignature.messageDigest.digest.toString('hex')).toBe(digest);
  }
}

describe.skipIf(cases.length === 0)('sigstore-conformance (skipped: peer data not present)', () => {
  for (const name of cases) {
    it(name, async () => {
      const verdict = judge(name);
      if (name.endsWith('_fail')) await expect(verdict).rejects.toThrow();
      else await verdict;
    });
  }
});
