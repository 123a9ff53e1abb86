import { PassportError } from '../errors.ts';
import { sha256 } from '../sha256.ts';
import { plain } from '../untrusted.ts';
import { BUNDLE_NAME } from './bundle.ts';

/** Most verifiers refuse a statement with more subjects (sigstore-go, hence cosign and gh). */
export const MAX_SUBJECTS = 1024;

export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** Files of an artifact by name, as exact bytes. */
export type EvidenceFiles = ReadonlyMap<string, Uint8Array>;

/** A relative path that is the same on every system: no `..`, no hidden or empty part, at most 200 characters. */
export function isEvidenceName(name: string): boolean {
  return (
    name.length <= 200 &&
    /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name) &&
    name.split('/').every((part) => part !== '' && !part.startsWith('.'))
  );
}

/** Every file but the bundle, sorted by name in code unit order. */
export async function subjectsOf(files: EvidenceFiles): Promise<Subject[]> {
  const names = [...files.keys()].filter((name) => name !== BUNDLE_NAME).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      digest: { sha256: await sha256(files.get(name) ?? new Uint8Array()) },
    })),
  );
}

/** Refuses to make evidence that no verifier would accept. */
export function refuseBadNames(files: EvidenceFiles): void {
  for (const name of files.keys()) {
    if (isEvidenceName(name)) continue;
    throw new PassportError(
      'ERR_INTERNAL',
      `evidence file name is not a plain relative path: ${plain(name)}`,
    );
  }
  if (files.size > MAX_SUBJECTS) {
    throw new PassportError(
      'ERR_INTERNAL',
      `evidence has ${files.size} files, expected at most ${MAX_SUBJECTS}`,
    );
  }
}

export function checkNames(files: EvidenceFiles): string {
  const bad = [...files.keys()].filter((name) => !isEvidenceName(name));
  if (bad.length > 0) throw new Error(`not a plain relative path: ${bad.slice(0, 5).join(', ')}`);
  return `${files.size} files`;
}

/** Every subject is a file with that digest. Throws at the first that is not. */
export async function checkSubjects(subjects: readonly Subject[], files: EvidenceFiles): Promise<string> {
  const names = new Set(subjects.map((subject) => subject.name));
  if (names.size !== subjects.length) throw new Error('a subject is named twice');
  if (subjects.length === 0) throw new Error('the statement has no subject');
  for (const { name, digest } of subjects) {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`${name} is signed but missing`);
    if ((await sha256(bytes)) !== digest.sha256) throw new Error(`${name} was changed after it was signed`);
  }
  return `${subjects.length} files are as signed`;
}

/** No file is there that was not signed. */
export function checkNoExtraFiles(subjects: readonly Subject[], files: EvidenceFiles): string {
  const names = new Set(subjects.map((subject) => subject.name));
  const extra = [...files.keys()].filter((name) => name !== BUNDLE_NAME && !names.has(name));
  if (extra.length > 0) throw new Error(`not signed: ${extra.slice(0, 5).join(', ')}`);
  return 'every file is signed';
}
