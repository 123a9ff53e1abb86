import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { bundleToJSON, toDSSEBundle } from '@sigstore/bundle';
import { PassportError } from '../errors.ts';
import { PAYLOAD_TYPE, preAuthEncoding } from '../evidence/bundle.ts';
import type { Signer } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { timestamp } from './sigstore.ts';

/**
 * Signs with a private key in PEM: ECDSA P-256 with SHA-256, or ed25519. The key is read at once, so that
 * a wrong one stops the run before dbt does. The key id is base64(SHA-256(SPKI DER)).
 * With `tsaUrl`, an RFC 3161 timestamp says when.
 */
export function keySigner(pem: Secret, options: { readonly tsaUrl?: string } = {}): Signer {
  const { key, algorithm } = readKey(pem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const keyHint = createHash('sha256').update(spki).digest('base64');
  return async (statement) => {
    const bundle = toDSSEBundle({
      artifact: Buffer.from(statement),
      artifactType: PAYLOAD_TYPE,
      signature: sign(algorithm, preAuthEncoding(statement), key),
      keyHint,
    });
    if (options.tsaUrl !== undefined) {
      bundle.verificationMaterial.timestampVerificationData = await timestamp(bundle, options.tsaUrl);
    }
    return {
      bundle: JSON.stringify(bundleToJSON(bundle)),
      signer: { mode: 'key', identity: `SHA256:${keyHint}` },
    };
  };
}

function readKey(pem: Secret): { readonly key: KeyObject; readonly algorithm: 'sha256' | null } {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.reveal());
  } catch {
    // The cause is left out: it may quote the key.
    throw refused('something that is not a private key in PEM without a passphrase');
  }
  if (key.asymmetricKeyType === 'ed25519') return { key, algorithm: null };
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return { key, algorithm: 'sha256' };
  throw refused(`a key of type ${[key.asymmetricKeyType, curve].filter(Boolean).join(' ')}`);
}

function refused(actual: string): PassportError {
  return new PassportError(
    'ERR_SIGN_FAILED',
    `input signing-key: expected an ECDSA P-256 or ed25519 private key, got ${actual}`,
    {
      reason: 'SIGNING_KEY',
      hint: 'Put the whole PEM file, with its BEGIN and END lines, into the secret that `signing-key` reads. Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem',
    },
  );
}
