import { plain } from '../untrusted.ts';
import { refusal } from './refusal.ts';

const MAX_DEPTH = 8;
const NAMES_OF_OBJECTS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Reads a JSON object whose top-level names are unique. JSON.parse alone keeps the last of two equal
 * names, so that two readers may see different values (RFC 8259, section 4).
 * @param part `header` or `payload`, for the message
 */
export function readJsonObject(part: string, bytes: Uint8Array): ReadonlyMap<string, unknown> {
  const text = utf8(part, bytes);
  const value = parse(part, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal('TOKEN_FORMAT', `the token's ${part} must be a JSON object`);
  }
  const { names, depth } = scan(text);
  if (depth > MAX_DEPTH) {
    throw refusal(
      'TOKEN_SIZE',
      `the token's ${part} is nested ${depth} deep; at most ${MAX_DEPTH} is accepted`,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw refusal('TOKEN_DUPLICATE', `the token's ${part} has "${plain(twice, 80)}" more than once`);
  }
  const forbidden = names.find((name) => NAMES_OF_OBJECTS.includes(name));
  if (forbidden !== undefined) {
    throw refusal('CLAIM_NAME', `the token's ${part} has the name "${forbidden}", which no claim may have`);
  }
  return new Map(Object.entries(value));
}

function utf8(part: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusal('TOKEN_FORMAT', `the token's ${part} is not UTF-8`);
  }
}

function parse(part: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('TOKEN_FORMAT', `the token's ${part} is not JSON`);
  }
}

/**
 * The names at the top level of a JSON object, repeats included, and how deep the text nests.
 * @param text an object that JSON.parse accepts
 */
function scan(text: string): { names: readonly string[]; depth: number } {
  const names: string[] = [];
  let level = 0;
  let depth = 0;
  for (const [token, bracketOrString] of text.matchAll(/("(?:[^"\\]|\\.)*"\s*:?)|[[\]{}]/g)) {
    if (bracketOrString !== undefined) {
      if (level === 1 && token.endsWith(':')) names.push(JSON.parse(token.slice(0, -1)));
    } else if (token === '{' || token === '[') {
      level += 1;
      depth = Math.max(depth, level);
    } else {
      level -= 1;
    }
  }
  return { names, depth };
}
