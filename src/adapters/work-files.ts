import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { FileOnDisk } from '../checkout/compare.ts';
import { type ObjectFormat, objectId } from '../checkout/git-objects.ts';

/**
 * The files of a checkout as they are on disk. Paths hold one character for each byte, so that names that are not UTF-8
 * stay what they are. It reads without waiting: thousands of small files take a third of the time so.
 */

type Kind = FileOnDisk['kind'];

/** A path of Node as one of bytes, and back for people. */
export const toBytePath = (path: string): string => Buffer.from(path, 'utf8').toString('latin1');
export const toText = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');

const onDisk = (path: string): Buffer => Buffer.from(path, 'latin1');

/**
 * Everything that is read from these paths of a project: the files, and each link on the way to them. Links are
 * followed, as dbt follows them, and a folder is gone through once. Real absolute paths. Of a folder `.git`, which dbt does
 * not pass over, only files that dbt reads by their names count: git has a great many of its own there.
 */
export function filesFrom(
  project: string,
  { folders, files }: { readonly folders: readonly string[]; readonly files: readonly string[] },
): ReadonlyMap<string, Kind> {
  const walk = new Walk();
  for (const written of [...folders, ...files]) walk.from(project, toBytePath(written));
  return walk.found;
}

/** Endings of the files that dbt reads in its paths. Source: dbt-core, dbt/parser/read_files.py. */
const READ_BY_DBT = /\.(sql|py|ya?ml|csv|md)$/i;

class Walk {
  readonly found = new Map<string, Kind>();
  readonly #seen = new Set<string>();

  /** Goes to a path step by step, so that a link in the place of a folder on the way is seen. */
  from(project: string, written: string): void {
    const steps = written.split('/').filter((step) => step !== '' && step !== '.');
    const last = steps.pop();
    let at: string | undefined = written.startsWith('/') ? '' : project;
    for (const step of steps) {
      at = this.#into(at, step);
      if (at === undefined) return;
    }
    if (last === '..') this.#enter(dirname(at));
    else this.#enter(last === undefined ? at : `${at}/${last}`);
  }

  #into(folder: string, step: string): string | undefined {
    if (step === '..') return dirname(folder);
    const path = `${folder}/${step}`;
    if (statusOf(path)?.isSymbolicLink() !== true) return path;
    this.found.set(path, 'link');
    return realPath(path);
  }

  #enter(path: string | undefined): void {
    const status = path === undefined ? undefined : statusOf(path);
    if (path !== undefined && status !== undefined) this.#visit(path, status);
  }

  #visit(path: string, status: Stats | Dirent, ofGit = false): void {
    if (status.isSymbolicLink()) {
      this.found.set(path, 'link');
      this.#enter(realPath(path));
    } else if (status.isDirectory()) this.#list(path, ofGit);
    else this.found.set(path, status.isFile() ? 'file' : 'other');
  }

  #list(folder: string, ofGit: boolean): void {
    if (this.#seen.has(folder)) return;
    this.#seen.add(folder);
    for (const entry of readdirSync(onDisk(folder), { withFileTypes: true, encoding: 'latin1' })) {
      const inGit = ofGit || entry.name === '.git';
      const ofItsOwn = inGit && entry.isFile() && !READ_BY_DBT.test(entry.name);
      if (!ofItsOwn) this.#visit(`${folder}/${entry.name}`, entry, inGit);
    }
  }
}

/** What stands at a path, named as git would name it; undefined when nothing does, or when it cannot be read. */
export function lookAt(path: string, format: ObjectFormat): FileOnDisk | undefined {
  const status = statusOf(path);
  if (status === undefined) return undefined;
  if (status.isSymbolicLink()) {
    const target = readlinkSync(onDisk(path), { encoding: 'buffer' });
    return { kind: 'link', id: objectId('blob', target, format) };
  }
  if (!status.isFile()) return { kind: 'other', id: '' };
  return { kind: 'file', id: contentId(path, format) };
}

export function sha256Of(path: string): string {
  const hash = createHash('sha256');
  eachPart(path, (part) => hash.update(part));
  return hash.digest('hex');
}

/** The whole file; undefined above the size. */
export function contentOf(path: string, limit: number): Uint8Array | undefined {
  const { size } = statSync(onDisk(path));
  return size <= limit ? readFileSync(onDisk(path)) : undefined;
}

/** A file that grows or shrinks while it is read gets a name that no commit has. */
function contentId(path: string, format: ObjectFormat): string {
  let hash: Hash | undefined;
  eachPart(path, (part, size) => {
    hash ??= createHash(format).update(`blob ${size}\0`);
    hash.update(part);
  });
  return hash?.digest('hex') ?? '';
}

const PART = Buffer.allocUnsafe(256 * 1024);

/** At least one part, if an empty one. */
function eachPart(path: string, take: (part: Uint8Array, size: number) => void): void {
  const file = openSync(onDisk(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    for (let first = true; ; first = false) {
      const length = readSync(file, PART);
      if (length === 0 && !first) return;
      take(PART.subarray(0, length), size);
      if (length === 0) return;
    }
  } finally {
    closeSync(file);
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(onDisk(path), { throwIfNoEntry: false });
  } catch (error) {
    // A file stands where the path has a folder.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(onDisk(path), { encoding: 'buffer' }).toString('latin1');
  } catch {
    return undefined;
  }
}
