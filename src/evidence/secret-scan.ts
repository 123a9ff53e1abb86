import { PassportError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import type { EvidenceFiles } from './subjects.ts';

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

export interface FoundSecret {
  readonly file: string;
  readonly form: SecretForm;
}

/** Shorter secrets would be found by chance; nothing that is issued here is this short. */
const SHORTEST = 8;

type Needle = readonly [text: string, form: SecretForm];

/** Throws ERR_EVIDENCE_HOLDS_SECRET when a file holds an issued credential in any of the forms. */
export async function refuseSecrets(files: EvidenceFiles, secrets: readonly Secret[]): Promise<void> {
  const found = await findSecrets(files, secrets);
  if (found.length === 0) return;
  const places = found.map(({ file, form }) => `${plain(file, 100)} (${form})`).join(', ');
  throw new PassportError('ERR_EVIDENCE_HOLDS_SECRET', `an issued credential is in the evidence: ${places}`, {
    hint: 'Nothing was uploaded. Find what prints the credential (a model, a macro, a hook or a log call) and remove it; treat the credential as leaked.',
  });
}

/** Where a secret is, once per file and form; never the secret. Secrets under 8 characters are not looked for. */
export async function findSecrets(
  files: EvidenceFiles,
  secrets: readonly Secret[],
): Promise<readonly FoundSecret[]> {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length >= SHORTEST);
  if (values.length === 0) return [];
  // Text that an encoding leaves as it is belongs to the first form that has it.
  const forms = new Map(values.flatMap(encodings).reverse());
  const needles = [...forms];
  const found: FoundSecret[] = [];
  for (const [file, bytes] of files) {
    for (const form of formsIn(bytes, needles, values)) found.push({ file, form });
  }
  return found;
}

function formsIn(bytes: Uint8Array, needles: readonly Needle[], values: readonly string[]): Set<SecretForm> {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const forms = new Set(needles.filter(([text]) => content.includes(text)).map(([, form]) => form));
  // With one character between each two, the secret is whole in every second byte from one of two starts.
  for (const half of [everySecond(bytes, 0), everySecond(bytes, 1)]) {
    if (values.some((value) => half.includes(value))) forms.add('spaced');
  }
  return forms;
}

function everySecond(bytes: Uint8Array, start: number): Buffer {
  const half = Buffer.alloc(Math.max(0, Math.ceil((bytes.length - start) / 2)));
  for (let from = start, to = 0; from < bytes.length; from += 2, to += 1) half[to] = bytes[from] ?? 0;
  return half;
}

function encodings(value: string): Needle[] {
  const hex = Buffer.from(value).toString('hex');
  const url = encodeURIComponent(value.toWellFormed());
  return [
    [value, 'plain'],
    [JSON.stringify(value).slice(1, -1), 'json'],
    [url, 'url'],
    [url.replace(/%../g, (code) => code.toLowerCase()), 'url'],
    [hex, 'hex'],
    [hex.toUpperCase(), 'hex'],
    [[...value].reverse().join(''), 'reversed'],
    ...[0, 1, 2].flatMap((offset): Needle[] => [
      [alignedBase64(value, offset, 'base64'), 'base64'],
      [alignedBase64(value, offset, 'base64url'), 'base64url'],
    ]),
  ];
}

/** The base64 digits that depend on the value alone when it begins `offset` bytes into a group of three. */
function alignedBase64(value: string, offset: number, alphabet: 'base64' | 'base64url'): string {
  const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const digits = padded.toString(alphabet);
  return digits.slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
}
