/** How a secret may be written where it must not be. `spaced` is looked for by the scan alone; see secret-scan.ts. */
export const SECRET_FORMS = [
  'plain',
  'json',
  'url',
  'base64',
  'base64url',
  'hex',
  'reversed',
  'spaced',
] as const;
export type SecretForm = (typeof SECRET_FORMS)[number];

/** Shorter secrets would be found, and blacked out, by chance; nothing that is issued here is this short. */
export const SHORTEST_SECRET = 8;

/**
 * The secret in every form, each with its name. Text that an encoding leaves as it is belongs to the first form
 * that has it. base64 is cut to the digits that the secret alone decides, at each of the three places it can begin.
 */
export function secretForms(value: string): ReadonlyMap<string, SecretForm> {
  const hex = Array.from(bytesOf(value), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const url = encodeURIComponent(value.toWellFormed());
  const forms: readonly (readonly [string, SecretForm])[] = [
    [value, 'plain'],
    [JSON.stringify(value).slice(1, -1), 'json'],
    [url, 'url'],
    [url.replace(/%../g, (code) => code.toLowerCase()), 'url'],
    [hex, 'hex'],
    [hex.toUpperCase(), 'hex'],
    [[...value].reverse().join(''), 'reversed'],
    ...[0, 1, 2].flatMap((offset): (readonly [string, SecretForm])[] => {
      const digits = alignedBase64(value, offset);
      return [
        [digits, 'base64'],
        [digits.replaceAll('+', '-').replaceAll('/', '_'), 'base64url'],
      ];
    }),
  ];
  return new Map(forms.toReversed());
}

/** Those that programs write by themselves: a header, a URL, a JSON log line. Others take intent, which no mask stops. */
const MASKED: readonly SecretForm[] = ['json', 'url', 'base64', 'base64url'];

/** A form of a shorter secret could be part of an ordinary word. */
const SHORTEST_DERIVED = 16;

/**
 * What to hide in a log: the lines of the value, since a log is masked line by line (and the runner would hide even
 * the short lines of a longer value), and its derived forms. The first and last line of a PEM file are no secret.
 */
export function maskedForms(value: string): readonly string[] {
  const lines = value
    .split(/[\r\n]+/)
    .filter((line) => line.trim().length >= SHORTEST_SECRET && !/^-----[A-Z ]+-----$/.test(line));
  if (value.trim().length < SHORTEST_DERIVED) return lines;
  const derived = [...secretForms(value)].filter(([, form]) => MASKED.includes(form)).map(([text]) => text);
  // What holds a masked line is hidden with it, as far as it is secret.
  const first = lines.length === 1 ? lines : [];
  return [...lines, ...derived.filter((text) => !first.some((line) => text.includes(line)))];
}

function alignedBase64(value: string, offset: number): string {
  const bytes = bytesOf(value);
  const padded = String.fromCharCode(...new Array<number>(offset).fill(0)) + binary(bytes);
  return btoa(padded).slice(Math.ceil((offset * 8) / 6), Math.floor(((bytes.length + offset) * 8) / 6));
}

function bytesOf(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function binary(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
