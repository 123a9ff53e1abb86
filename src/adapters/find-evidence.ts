import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PassportError } from '../errors.ts';
import { BUNDLE_NAME, STATEMENT_NAME } from '../evidence/bundle.ts';
import type { EvidenceFiles } from '../evidence/subjects.ts';
import { plain } from '../untrusted.ts';
import { readEvidence } from './evidence-files.ts';
import { readArchive } from './zip-archive.ts';

/** An artifact below what a person named. */
export interface FoundEvidence {
  /** Its folder or zip, relative to that; empty when it is that itself. */
  readonly name: string;
  /** Throws ERR_EVIDENCE_INVALID when it is not plain files. */
  readonly files: () => Promise<EvidenceFiles>;
}

export interface Findings {
  readonly artifacts: readonly FoundEvidence[];
  /** What lies beside them and is no artifact. */
  readonly others: readonly string[];
}

/** What lies at the top of an artifact. One without its signature is one too, so that nobody hides it by taking that away. */
function isArtifact(has: (name: string) => boolean): boolean {
  if (has(BUNDLE_NAME) || has(STATEMENT_NAME)) return true;
  return has('report.html') && (has('policy.yml') || has('decision.json'));
}

/** `gh run download` makes a folder for each artifact; people put those into one more. */
const DEPTH = 3;
/** Folders and files that are looked at on the way: more is no folder of artifacts. */
const ENTRIES = 2_000;

/**
 * The artifacts of a folder or a zip: itself, or those in its folders and zips. Where there is none, it is taken as one, so that a
 * verifier says what is missing in it.
 * @throws ERR_EVIDENCE_INVALID when it is an artifact and has another one inside: which of them is meant is not to be known
 */
export async function findEvidence(path: string): Promise<Findings> {
  const itself = { artifacts: [{ name: '', files: () => readEvidence(path) }], others: [] };
  const about = await stat(path).catch(() => undefined);
  // What is not there, or no file, is told where it is read.
  if (about === undefined) return itself;
  if (!about.isDirectory()) return await inArchive(path, itself);
  const search: Search = { artifacts: [], others: [], seen: 0 };
  await searchFolder(path, '', DEPTH, search);
  return search.artifacts.length === 0 ? itself : search;
}

interface Search {
  readonly artifacts: FoundEvidence[];
  readonly others: string[];
  seen: number;
}

async function searchFolder(root: string, folder: string, depth: number, search: Search): Promise<void> {
  const entries = (await readdir(join(root, folder), { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  search.seen += entries.length;
  if (search.seen > ENTRIES) throw tooMany(root);
  const names = new Set(entries.map(({ name }) => name));
  if (isArtifact((name) => names.has(name))) {
    search.artifacts.push({ name: folder, files: async () => alone(await readEvidence(join(root, folder))) });
    return;
  }
  for (const entry of entries) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && depth > 0) await below(root, name, depth - 1, search);
    else if (entry.isFile() && name.endsWith('.zip')) await zipIn(root, name, search);
    else search.others.push(name);
  }
}

/** A folder in which there is no artifact is named once, whatever is in it. */
async function below(root: string, name: string, depth: number, search: Search): Promise<void> {
  const inside: Search = { artifacts: [], others: [], seen: search.seen };
  await searchFolder(root, name, depth, inside);
  search.seen = inside.seen;
  search.artifacts.push(...inside.artifacts);
  search.others.push(...(inside.artifacts.length === 0 ? [`${name}/`] : inside.others));
}

async function zipIn(root: string, name: string, search: Search): Promise<void> {
  const path = join(root, name);
  const whole = { artifacts: [{ name, files: () => readEvidence(path) }], others: [] };
  // A broken archive is one of the artifacts, with the verdict that it deserves.
  const found = await inArchive(path, whole).catch(() => whole);
  for (const each of found.artifacts)
    search.artifacts.push(
      each.name === name || each.name === '' ? { ...each, name } : { ...each, name: `${name}/${each.name}` },
    );
  search.others.push(...found.others.map((other) => `${name}/${other}`));
}

/** A zip is an artifact, or it holds the folders of some. */
async function inArchive(path: string, whole: Findings): Promise<Findings> {
  const files = await readEvidence(path);
  if (isArtifact((name) => files.has(name)))
    return {
      artifacts: [{ name: whole.artifacts[0]?.name ?? '', files: async () => alone(files) }],
      others: [],
    };
  const found = inFiles(files, '', DEPTH);
  return found.artifacts.length === 0 ? whole : found;
}

/** The same search among names, as an archive has them. */
function inFiles(files: EvidenceFiles, at: string, depth: number): Findings {
  if (isArtifact((name) => files.has(name)))
    return { artifacts: [{ name: at.replace(/\/$/, ''), files: async () => alone(files) }], others: [] };
  const folders = Map.groupBy(files, ([name]) => name.slice(0, name.indexOf('/') + 1));
  const parts = [...folders].map(([folder, entries]): Findings => {
    if (folder === '') return looseIn(entries, at);
    const inner = new Map(entries.map(([name, bytes]) => [name.slice(folder.length), bytes]));
    const found = depth > 0 ? inFiles(inner, `${at}${folder}`, depth - 1) : NOTHING;
    return found.artifacts.length > 0 ? found : { artifacts: [], others: [`${at}${folder}`] };
  });
  return {
    artifacts: parts.flatMap(({ artifacts }) => artifacts),
    others: parts.flatMap(({ others }) => others),
  };
}

const NOTHING: Findings = { artifacts: [], others: [] };

/** Zips in a zip, and what else lies beside the folders. */
function looseIn(entries: readonly (readonly [string, Uint8Array])[], at: string): Findings {
  const zips = entries.filter(([name]) => name.endsWith('.zip'));
  return {
    artifacts: zips.map(([name, bytes]) => ({
      name: `${at}${name}`,
      files: async () => alone(readArchive(bytes)),
    })),
    others: entries.flatMap(([name]) => (name.endsWith('.zip') ? [] : [`${at}${name}`])),
  };
}

/** An artifact has no other one inside. Which of the two a person means, nobody can tell. */
function alone(files: EvidenceFiles): EvidenceFiles {
  const inner = [...files.keys()].filter((name) => basename(name) === BUNDLE_NAME && name !== BUNDLE_NAME);
  const [first] = inner;
  if (first === undefined) return files;
  throw new PassportError(
    'ERR_EVIDENCE_INVALID',
    `the evidence is refused: it is an artifact and has another one inside, at ${plain(first, 200)}`,
    {
      reason: 'VERIFY_ARCHIVE',
      hint: 'Give each artifact a folder of its own, or verify the downloaded zips.',
    },
  );
}

function tooMany(root: string): PassportError {
  return new PassportError(
    'ERR_INPUT_INVALID',
    `expected an artifact or a folder of artifacts, got more than ${ENTRIES} files and folders below ${plain(root)}`,
    { hint: 'Name the folder or the zip of the artifact itself.' },
  );
}
