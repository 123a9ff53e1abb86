import { isBundleWithMessageSignature } from '@sigstore/bundle';
import { type SignedEntity, toSignedEntity } from '@sigstore/verify';
import { untrusted } from '../policy/source/pins.ts';
import type { FoundPolicy } from '../ports.ts';
import { sha256 } from '../sha256.ts';
import { plain } from '../untrusted.ts';
import { readBundle } from './bundle.ts';
import { keyName, openTrust, type Trust } from './trust.ts';
import { messageOf, mustEqual } from './verdict.ts';

/**
 * Who signed the policy: the identity of a certificate, or the id of a key. Offline: what is trusted is given, and the
 * bundle beside the policy (a Sigstore bundle with a signature over its bytes) proves the rest.
 * @throws PassportError ERR_POLICY_UNTRUSTED with the reason POLICY_SIGNATURE; ERR_INPUT_INVALID for an unusable trust
 * Source: https://docs.sigstore.dev/about/bundle/
 */
export async function policySigner(found: FoundPolicy, trust: Trust): Promise<string> {
  const authenticate = await openTrust(trust);
  const name = trust.kind === 'key' ? await keyName(trust.pem) : trust.identity;
  const expected = `expected ${plain(found.source)} signed by ${plain(name)}`;
  const { signature } = found;
  if (signature === undefined) throw refused(`${expected}, got no signature`);
  try {
    const bundle = readBundle(signature);
    if (!isBundleWithMessageSignature(bundle)) throw new Error('the bundle signs an envelope, not a file');
    const { digest } = bundle.content.messageSignature.messageDigest;
    mustEqual('SHA-256 in the bundle', await sha256(found.bytes), digest.toString('hex'));
    const entity = toSignedEntity(bundle, Buffer.from(found.bytes));
    const holds = trust.kind === 'key' ? await ed25519Holds(trust.pem, entity, found.bytes) : undefined;
    const signer = authenticate(
      holds === undefined ? entity : { ...entity, signature: judged(entity, holds) },
    );
    if (trust.kind === 'root') {
      mustEqual('identity', trust.identity, signer.identity?.subjectAlternativeName);
      mustEqual('issuer', trust.issuer, signer.identity?.extensions?.issuer);
    }
  } catch (error) {
    throw refused(`${expected}: ${plain(messageOf(error))}`);
  }
  return name;
}

/**
 * Whether an Ed25519 key (RFC 8032, not the pre-hashed form) signed the file; undefined for another kind of key. The
 * library checks signatures over files with a digest, which Ed25519 has none of.
 */
async function ed25519Holds(
  pem: string,
  { signature: { signature } }: SignedEntity,
  file: Uint8Array,
): Promise<boolean | undefined> {
  const der = Uint8Array.from(atob(pem.replace(/-----[A-Z ]+-----|\s/g, '')), (byte) => byte.charCodeAt(0));
  const key = await crypto.subtle.importKey('spki', der, 'Ed25519', false, ['verify']).catch(() => undefined);
  if (key === undefined) return undefined;
  return await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(file));
}

/** The content of an entity whose signature was checked already; its digest, times and logs still are the library's to check. */
function judged({ signature }: SignedEntity, holds: boolean): SignedEntity['signature'] {
  return Object.assign(Object.create(signature), { verifySignature: () => holds });
}

function refused(message: string) {
  return untrusted(
    'POLICY_SIGNATURE',
    message,
    'Sign the policy again and commit the bundle beside it, as <policy>.sigstore.json; docs/policy-source.md says how.',
  );
}
