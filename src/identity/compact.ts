import { base64url } from 'jose';
import { readJsonObject } from './json-object.ts';
import { refusal } from './refusal.ts';

/** Characters of a token; GitHub's are near 2,000, and AWS takes at most 20,000. */
const MAX_LENGTH = 16_384;

/** A token taken apart; nothing in it is trusted until its signature is checked. */
export interface CompactToken {
  readonly header: ReadonlyMap<string, unknown>;
  readonly payload: ReadonlyMap<string, unknown>;
  /** False when the third part is empty. */
  readonly signed: boolean;
}

/** Reads header and payload of a compact JWS as JSON objects without repeated names. */
export function readCompact(token: string): CompactToken {
  const { header, payload, signature } = splitCompact(token);
  return {
    header: readJsonObject('header', header),
    payload: readJsonObject('payload', payload),
    signed: signature.length > 0,
  };
}

/**
 * Takes a compact JWS apart (RFC 7515, section 7.1) and accepts only the one spelling that a signer
 * writes: no white space, no padding, no spare bits.
 */
export function splitCompact(token: string): Record<'header' | 'payload' | 'signature', Uint8Array> {
  if (token.length > MAX_LENGTH) {
    throw refusal(
      'TOKEN_SIZE',
      `the token has ${token.length} characters; at most ${MAX_LENGTH} are accepted`,
    );
  }
  const parts = token.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw refusal(
      'TOKEN_FORMAT',
      `a token must have 3 parts with dots between them; this has ${parts.length}`,
    );
  }
  return {
    header: decode('header', header),
    payload: decode('payload', payload),
    signature: decode('signature', signature),
  };
}

function decode(part: string, text: string): Uint8Array {
  const bytes = /^[A-Za-z0-9_-]*$/.test(text) ? tryDecode(text) : undefined;
  if (bytes === undefined || base64url.encode(bytes) !== text) {
    throw refusal('TOKEN_FORMAT', `the token's ${part} is not canonical base64url`);
  }
  return bytes;
}

function tryDecode(text: string): Uint8Array | undefined {
  try {
    return base64url.decode(text);
  } catch {
    return undefined;
  }
}
