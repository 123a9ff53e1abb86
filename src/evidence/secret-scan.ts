import { PassportError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type SecretForm, SHORTEST_SECRET, secretForms } from '../secret-forms.ts';
import { plain } from '../untrusted.ts';
import { type NeedleSearch, needleSearch } from './needle-search.ts';
import type { EvidenceFiles } from './subjects.ts';

export interface FoundSecret {
  readonly file: string;
  readonly form: SecretForm;
}

type Form = readonly [text: string, form: SecretForm];

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
  const values = [...new Set(secrets.map((secret) => secret.reveal()))].filter(
    (value) => value.length >= SHORTEST_SECRET,
  );
  const found = new Map<string, FoundSecret>();
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const forms = [...new Map(values.slice(at, at + AT_ONCE).flatMap((value) => [...secretForms(value)]))];
    const search = needleSearch(forms.map(([text]) => text));
    for (const [file, bytes] of files) {
      for (const form of formsIn(bytes, forms, search)) found.set(`${form} ${file}`, { file, form });
    }
  }
  return [...found.values()];
}

/** Secrets of one pass: all forms of a long token take some 50 KB, and a run of hours has many tokens. */
const AT_ONCE = 2_000;

function formsIn(bytes: Uint8Array, forms: readonly Form[], search: NeedleSearch): Set<SecretForm> {
  const formOf = (number: number) => forms[number]?.[1] ?? 'plain';
  const found = new Set([...search(bytes)].map(formOf));
  // With one character between each two, the secret is whole in every second byte from one of two starts.
  if ([...search(bytes, 2)].some((number) => formOf(number) === 'plain')) found.add('spaced');
  return found;
}
