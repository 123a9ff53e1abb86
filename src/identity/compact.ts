import { base64url } from 'jose';
import { readJsonObject } from './json-object.ts';
import { refusal } from './refusal.ts';

/** Characters of a token; GitHub's are near 2,000, and AWS takes at most 20,000. */
const MAX_LENGTH = 16_384;

/** A token taken apart; nothing in it is trusted until its signature is checked. */
export interface CompactToken {
  readonly header: ReadonlyMap<string, unknown>;
  readonly payload: ReadonlyMap<string, unknown>;
  readonly signed: boolean;
}

/**
 * Takes a compact JWS apart (RFC 7515, section 7.1) and accepts only the one spelling that a signer
 * writes: no white space, no padding, no spare bits, no repeated names.
 */
export function readCompact(token: string): CompactToken {
  if (token.length > MAX_LENGTH) {
    throw refusal(
      'TOKEN_SIZE',
      `the token has ${token.length} characters; at most ${MAX_LENGTH} are accepted`,
    );
  }
  const parts = token.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw refusal('TOKEN_FORMAT', `a token must have 3 parts separated by dots; this has ${parts.length}`);
  }
  if (signature !== '') decode('signature', signature);
  return {
    header: readJsonObject('header', decode('header', header)),
    payload: readJsonObject('payload', decode('payload', payload)),
    signed: signature !== '',
  };
}

function decode(part: string, text: string): Uint8Array {
  if (/^[A-Za-z0-9_-]+$/.test(text)) {
    const bytes = tryDecode(text);
    if (bytes !== undefined && base64url.encode(bytes) === text) return bytes;
  }
  throw refusal('TOKEN_FORMAT', `the token's ${part} is not canonical base64url`);
}

function tryDecode(text: string): Uint8Array | undefined {
  try {
    return base64url.decode(text);
  } catch {
    return undefined;
  }
}
