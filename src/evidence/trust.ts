import { PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import {
  type SignedEntity,
  type Signer,
  toTrustMaterial,
  VerificationError,
  Verifier,
} from '@sigstore/verify';
import { PassportError } from '../errors.ts';
import { sha256 } from '../sha256.ts';
import { plain } from '../untrusted.ts';

/**
 * What the reviewer trusts; nothing in the artifact can add to it.
 * `key`: a pinned public key (SPKI PEM). With a trusted root, timestamps in the bundle are proven too.
 * `root`: a Sigstore trusted root (parsed JSON) with the one certificate identity and issuer to accept.
 */
export type Trust =
  | { readonly kind: 'key'; readonly pem: string; readonly trustedRoot?: unknown }
  | {
      readonly kind: 'root';
      readonly trustedRoot: unknown;
      readonly identity: string;
      readonly issuer: string;
      readonly signedBy?: SigningJob;
    };

/**
 * Which job must have signed. `same-job`, when not given: the one that ran dbt, which a certificate names in full.
 * `separate-job`: another job of the same run, in another workflow file, which the reviewer trusts to sign only what it compared.
 */
export type SigningJob = 'same-job' | 'separate-job';

/** Checks the signature, the certificate chain, the logs and the times; throws what is wrong. */
export type Authenticate = (entity: SignedEntity) => Signer;

/** Prepares the trust once. ERR_INPUT_INVALID when it is not usable: that is the reviewer's mistake, not the artifact's. */
export async function openTrust(trust: Trust): Promise<Authenticate> {
  if (trust.kind === 'root') {
    if (trust.identity === '' || trust.issuer === '') {
      throw invalid(
        'a trusted root needs the signer to accept: expected a certificate identity and an issuer',
        'Without them any certificate of that root would pass. Give both, exactly as the certificate has them.',
      );
    }
    return withRoot(parseTrustedRoot(trust.trustedRoot));
  }
  const key = await parsePublicKey(trust.pem);
  const root = trust.trustedRoot === undefined ? undefined : parseTrustedRoot(trust.trustedRoot);
  return namingOtherKey(await keyIdOf(key), withKey(key, root));
}

/** The id of a pinned key, as people see it. ERR_INPUT_INVALID when it is no such key. */
export async function keyName(pem: string): Promise<string> {
  return `SHA256:${await keyIdOf(await parsePublicKey(pem))}`;
}

/** As the signer names its key: base64(SHA-256(SPKI DER)). */
async function keyIdOf(spki: Uint8Array): Promise<string> {
  return Buffer.from(await sha256(spki), 'hex').toString('base64');
}

/** The id in a bundle proves nothing, so it decides nothing; it only explains a signature that does not hold. */
function namingOtherKey(pinned: string, authenticate: Authenticate): Authenticate {
  return (entity) => {
    try {
      return authenticate(entity);
    } catch (error) {
      const hint = entity.key.$case === 'public-key' ? entity.key.hint : '';
      const failed = error instanceof VerificationError && error.code === 'SIGNATURE_ERROR';
      if (!failed || hint === '' || hint === pinned) throw error;
      throw new Error(
        `signed with another key: its id is ${plain(hint, 100)}, the pinned key's is ${pinned}`,
      );
    }
  };
}

/** A log or a timestamp authority that the root names must have been used; one of them must prove the time. */
function withRoot(root: TrustedRoot): Authenticate {
  const verifier = new Verifier(toTrustMaterial(root), {
    tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  });
  return (entity) => {
    if (entity.key.$case !== 'certificate')
      throw new Error('expected a certificate, the bundle names a public key');
    return verifier.verify(entity);
  };
}

function withKey(key: Uint8Array<ArrayBuffer>, root: TrustedRoot | undefined): Authenticate {
  return (entity) => {
    if (entity.key.$case !== 'public-key')
      throw new Error('expected a public key, the bundle holds a certificate');
    const pinned = {
      rawBytes: Buffer.from(key),
      keyDetails: PublicKeyDetails.PUBLIC_KEY_DETAILS_UNSPECIFIED,
    };
    const material = toTrustMaterial(root ?? TrustedRoot.fromJSON({}), { [entity.key.hint]: pinned });
    const verifier = new Verifier(material, {
      tlogThreshold: 0,
      ctlogThreshold: 0,
      timestampThreshold: root === undefined ? 0 : 1,
    });
    // Without a root there is nothing to check times and log entries against; they then prove nothing.
    return verifier.verify(root === undefined ? { ...entity, timestamps: [], tlogEntries: [] } : entity);
  };
}

/** The times that an authentic entity proves: of timestamp authorities, and of logs that signed theirs. */
export function provenTimes(entity: SignedEntity): readonly Date[] {
  return entity.timestamps.flatMap((time) => {
    if (time.$case === 'timestamp-authority') return [time.timestamp.signingTime];
    const { inclusionPromise, integratedTime } = time.tlogEntry;
    return inclusionPromise === undefined ? [] : [new Date(Number(integratedTime) * 1000)];
  });
}

/** A Sigstore trusted root whose logs each say since when they are trusted; without it a log would be trusted for all time. */
function parseTrustedRoot(json: unknown): TrustedRoot {
  let root: TrustedRoot;
  try {
    root = TrustedRoot.fromJSON(json);
    toTrustMaterial(root);
  } catch (cause) {
    throw invalid('the trusted root is not a Sigstore trusted_root.json', ROOT_HINT, cause);
  }
  if (root.certificateAuthorities.length + root.timestampAuthorities.length + root.tlogs.length === 0) {
    throw invalid('the trusted root holds no authority and no log', ROOT_HINT);
  }
  for (const log of [...root.tlogs, ...root.ctlogs]) {
    if (log.publicKey?.validFor?.start === undefined) {
      throw invalid(
        'a log of the trusted root has no start of validity (publicKey.validFor.start)',
        ROOT_HINT,
      );
    }
  }
  return root;
}

const ROOT_HINT = 'Take trusted_root.json from the owner of the signing service, not from the artifact.';

/** DER of an ECDSA P-256 or ed25519 public key. */
async function parsePublicKey(pem: string): Promise<Uint8Array<ArrayBuffer>> {
  const body = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(pem)?.[1];
  const der = body === undefined ? undefined : decodeBase64(body.replace(/\s/g, ''));
  for (const algorithm of [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'Ed25519' }]) {
    if (der === undefined) break;
    const key = await crypto.subtle
      .importKey('spki', der, algorithm, true, ['verify'])
      .catch(() => undefined);
    if (key !== undefined) return der;
  }
  throw invalid(
    'the public key is not an ECDSA P-256 or ed25519 key in PEM (-----BEGIN PUBLIC KEY-----)',
    'Make it from the private key: openssl pkey -in private.pem -pubout -out public.pem',
  );
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function invalid(message: string, hint: string, cause?: unknown): PassportError {
  return new PassportError('ERR_INPUT_INVALID', message, { reason: 'TRUST', hint, cause });
}
