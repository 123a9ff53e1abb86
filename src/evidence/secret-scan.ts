import { PassportError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type SecretForm, SHORTEST_SECRET, secretForms } from '../secret-forms.ts';
import { plain } from '../untrusted.ts';
import type { EvidenceFiles } from './subjects.ts';

export interface FoundSecret {
  readonly file: string;
  readonly form: SecretForm;
}

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
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length >= SHORTEST_SECRET);
  if (values.length === 0) return [];
  const needles = [...new Map(values.flatMap((value) => [...secretForms(value)]))];
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
