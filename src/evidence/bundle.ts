import {
  type Bundle,
  type BundleWithDsseEnvelope,
  bundleFromJSON,
  isBundleWithDsseEnvelope,
} from '@sigstore/bundle';
import { parseStrictJson } from './strict-json.ts';

/** The one file of an artifact that is not a subject: the signature over all the others. */
export const BUNDLE_NAME = 'dbt-evidence.sigstore.json';

/** In evidence that another job is to sign, in the bundle's place: the statement as the exact bytes to be signed. */
export const STATEMENT_NAME = 'dbt-evidence.statement.json';

/** DSSE payload type of an in-toto statement. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Log entries and timestamps in one bundle: more would only cost time. The same as in sigstore-go. */
const MAX_WITNESSES = 32;

/**
 * A Sigstore bundle with a DSSE envelope that has exactly one signature (which `bundleFromJSON` makes sure of).
 * Throws when it is anything else.
 * Source: https://docs.sigstore.dev/about/bundle/
 */
export function parseBundle(bytes: Uint8Array): BundleWithDsseEnvelope {
  const bundle = readBundle(bytes);
  if (!isBundleWithDsseEnvelope(bundle)) throw new Error('the bundle signs a message, not a DSSE envelope');
  const { payloadType } = bundle.content.dsseEnvelope;
  if (payloadType !== PAYLOAD_TYPE)
    throw new Error(`expected payload type ${PAYLOAD_TYPE}, got ${payloadType}`);
  return bundle;
}

/** Any Sigstore bundle, with a number of witnesses that can be checked in no time. */
export function readBundle(bytes: Uint8Array): Bundle {
  const bundle = bundleFromJSON(parseStrictJson(bytes));
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const witnesses = tlogEntries.length + (timestampVerificationData?.rfc3161Timestamps.length ?? 0);
  if (witnesses <= MAX_WITNESSES) return bundle;
  throw new Error(`expected at most ${MAX_WITNESSES} log entries and timestamps`);
}

/**
 * The bytes that a DSSE signature is over (pre-authentication encoding).
 * Source: https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md
 */
export function preAuthEncoding(payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `);
  const encoded = new Uint8Array(head.length + payload.length);
  encoded.set(head);
  encoded.set(payload, head.length);
  return encoded;
}
