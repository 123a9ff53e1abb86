import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { filesOfCommit, isWithin, ObjectFault, type OpenRepository } from '../checkout/commit-files.ts';
import {
  type Comparison,
  compare,
  type FileOnDisk,
  isWithCrlf,
  LFS_POINTER_BYTES,
  lfsContent,
  type Suspect,
} from '../checkout/compare.ts';
import { type DbtPaths, dbtPaths } from '../checkout/dbt-paths.ts';
import { formatOf, type ObjectFormat, objectId } from '../checkout/git-objects.ts';
import type { Against, Checkout, Compared, NotCompared, UnknownReason } from '../checkout/observed.ts';
import { repositoryOf } from '../checkout/remote.ts';
import { sameName } from '../identity/claims.ts';
import type { CheckoutAsked, CheckoutReader } from '../ports.ts';
import { plain } from '../untrusted.ts';
import { type GitFolder, gitFolderAt, gitFoldersAround } from './git-folder.ts';
import { type GitStore, openGitStore } from './git-store.ts';
import { contentOf, filesFrom, lookAt, sha256Of, toBytePath, toText } from './work-files.ts';

/** Largest file in which converted line endings are looked for. */
const CRLF_BYTES = 64 * 1024 * 1024;

export interface CheckoutOptions {
  /** The runner's temporary folder, and its PATH. */
  readonly tempDir: string;
  readonly searchPath: string;
}

/** Compares the project on disk with a commit. Of what the checkout says of itself, only the bytes of its files are believed. */
export function checkoutReader(options: CheckoutOptions): CheckoutReader {
  return {
    compare: async (asked) => {
      const around = gitFoldersAround(asked.project.path, workspaceOf(asked));
      const head = around.at(-1)?.head ?? '';
      try {
        const seen = see(asked);
        const outcome = await compareFrom(around, seen, asked, options);
        return { head, ...outcome, contents: seen.contents, localPackages: localPackagesOf(seen) };
      } catch (fault) {
        return { ...unreadable(fault), head, contents: new Map(), localPackages: [] };
      }
    },
    contents: async (asked) => {
      try {
        return see(asked).contents;
      } catch (fault) {
        unreadable(fault);
        return null;
      }
    },
  };
}

type Unknown = Omit<NotCompared, 'head'>;

function unknown(reason: UnknownReason, why: string): Unknown {
  return { kind: 'unknown', reason, why };
}

/** A file or folder that this user may not read; anything else is a defect. */
function unreadable(fault: unknown): Unknown {
  if (fault instanceof Error && 'code' in fault) return unknown('UNREADABLE', plain(fault.message));
  throw fault;
}

async function compareFrom(
  around: readonly GitFolder[],
  seen: Seen | Unclear,
  asked: CheckoutAsked,
  { tempDir, searchPath }: CheckoutOptions,
): Promise<Omit<Compared, 'head'> | Unknown> {
  const git = around.at(-1);
  if ('unclear' in seen) return unknown('PATHS', seen.unclear);
  if (git === undefined) return unknown('NO_REPOSITORY', NO_REPOSITORY);
  const store = await openGitStore(tempDir, searchPath);
  if (store === null) return unknown('NO_GIT', 'no program `git` was found to read the commit with');
  try {
    const target = await commitFor(around, asked, store);
    if (target === null) return unknown('NO_HEAD', 'HEAD of the checkout names no commit');
    return await compareIn({ git, ...target }, seen, store);
  } catch (fault) {
    if (fault instanceof ObjectFault) return unknown(`OBJECT_${fault.reason}`, fault.message);
    throw fault;
  } finally {
    await store.close();
  }
}

const NO_REPOSITORY =
  'the project lies in no git repository, so there is no commit to compare its files with';

type Looking = (path: string) => FileOnDisk | undefined;

/** What dbt would read, as it lies there. Paths are absolute. */
interface Seen {
  readonly project: string;
  readonly paths: DbtPaths;
  readonly found: ReturnType<typeof filesFrom>;
  readonly look: Looking;
  readonly contents: Checkout['contents'];
}

function see(asked: Pick<CheckoutAsked, 'project' | 'commit'>): Seen | Unclear {
  const { path } = asked.project;
  const project = toBytePath(path);
  const paths = readPaths(path);
  const clear = 'unclear' in paths ? { folders: [], files: ['dbt_project.yml'], packages: '' } : paths;
  const found = filesFrom(project, clear);
  const look = looking(formatOf(asked.commit) ?? 'sha1');
  const ofDeps = [clear.packages, 'package-lock.yml'].filter((name) => name !== '');
  const kept = [...found.keys()].filter(
    (path) => !ofDeps.some((name) => isWithin(path, `${project}/${toBytePath(name)}`)),
  );
  const named = (path: string) => toText(relative(project, path));
  const contents = new Map(kept.map((path) => [named(path), look(path)?.id ?? '']));
  return 'unclear' in paths ? { ...paths, contents } : { project, paths, found, look, contents };
}

/** With the local packages of local packages: dbt takes the paths of all of them from the project. */
function readPaths(project: string): ReturnType<typeof dbtPaths> {
  const own = ['packages.yml', 'dependencies.yml', 'package-lock.yml'].map((name) => join(project, name));
  for (let locals: readonly string[] = []; ; ) {
    const theirs = locals.flatMap((folder) =>
      ['packages.yml', 'dependencies.yml'].map((name) => resolve(project, folder, name)),
    );
    const packages = [...own, ...theirs].map(textOf);
    const paths = dbtPaths({ project: textOf(join(project, 'dbt_project.yml')), packages });
    if ('unclear' in paths || paths.localPackages.length === locals.length) return paths;
    locals = paths.localPackages;
  }
}

function localPackagesOf(seen: Seen | Unclear): readonly string[] {
  return 'unclear' in seen ? [] : seen.paths.localPackages;
}

/** dbt's paths cannot be told. */
interface Unclear {
  readonly unclear: string;
  readonly contents: Checkout['contents'];
}

/** Each file is read once. */
function looking(format: ObjectFormat): Looking {
  const known = new Map<string, FileOnDisk | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, lookAt(path, format));
    return known.get(path);
  };
}

function workspaceOf({ project: { path, inRepository } }: CheckoutAsked): string {
  return inRepository === '.' ? path : path.slice(0, -inRepository.length - 1);
}

interface Compares {
  readonly commit: string;
  readonly against: Against;
}

/**
 * The commit that the innermost repository must be at: the token's where it has it, or what the token's commit names for a
 * submodule; else its own HEAD, which is then said. Null when there is not even that.
 */
async function commitFor(
  around: readonly GitFolder[],
  asked: CheckoutAsked,
  store: GitStore,
): Promise<Compares | null> {
  let current: Compares | null = null;
  let above: GitFolder | undefined;
  for (const git of around) {
    const named: Compares | null = current && above ? await submodule(above, current, git, store) : null;
    const own = async (): Promise<Compares | null> =>
      (await has(git, asked.commit, store)) ? { commit: asked.commit, against: { kind: 'token' } } : null;
    current = named ?? (await own());
    above = git;
  }
  return current ?? (await ownHead(above, asked, store));
}

async function ownHead(
  git: GitFolder | undefined,
  asked: CheckoutAsked,
  store: GitStore,
): Promise<Compares | null> {
  if (git === undefined || git.head === '') return null;
  const repository = repositoryOf(await store.origin(git.config), asked.serverUrl);
  const own = sameName(repository, asked.repository);
  const against: Against = own ? { kind: 'other-commit' } : { kind: 'other-repository', repository };
  return { commit: git.head, against };
}

async function submodule(
  above: GitFolder,
  { commit }: Compares,
  { top }: GitFolder,
  store: GitStore,
): Promise<Compares | null> {
  const path = toBytePath(top.slice(above.top.length + 1));
  const only: OpenRepository = async (at) => (at === '' ? read(above, commit, store) : null);
  const there = (await filesOfCommit(commit, [path], only)).get(path);
  if (there?.kind !== 'submodule') return null;
  return { commit: there.id, against: { kind: 'submodule', path: toText(path) } };
}

async function has(git: GitFolder, commit: string, store: GitStore): Promise<boolean> {
  return (await read(git, commit, store)([commit])).get(commit)?.type === 'commit';
}

function read({ objects }: GitFolder, commit: string, store: GitStore) {
  return store.read(objects, formatOf(commit) ?? 'sha1');
}

async function compareIn(
  { git, commit, against }: Compares & { readonly git: GitFolder },
  seen: Seen,
  store: GitStore,
): Promise<Omit<Compared, 'head'>> {
  const sides = sidesOf(git, seen);
  const open: OpenRepository = async (at) => {
    const there = at === '' ? git : gitFolderAt(join(git.top, toText(at)));
    return there === null ? null : read(there, commit, store);
  };
  const tracked = await filesOfCommit(commit, sides.folders, open);
  const comparison = compare({ ...sides, tracked });
  const converted = await conversions(comparison.suspects, git, commit, store);
  const project = toText(sides.project);
  return { kind: 'compared', against, commit, project, ...told(comparison, converted) };
}

/** The files on disk by their paths from the top of the repository. */
function sidesOf(git: GitFolder, { project, paths, found, look }: Seen) {
  const top = toBytePath(git.top);
  const inside = new Map<string, FileOnDisk['kind']>();
  const outside: string[] = [];
  for (const [path, kind] of found) {
    if (path.startsWith(`${top}/`)) inside.set(path.slice(top.length + 1), kind);
    else outside.push(path);
  }
  const own = project.slice(top.length + 1);
  const folders = paths.folders.flatMap((written) => {
    const path = resolve(project, toBytePath(written));
    return isWithin(path, top) ? [path.slice(top.length + 1)] : [];
  });
  const files = new Set(paths.files.map((name) => (own === '' ? name : `${own}/${name}`)));
  const strays = [...inside.keys()].filter((path) => !isWithin(path, own)).map(folderOf);
  return {
    project: own,
    found: inside,
    outside,
    look: (path: string) => look(`${top}/${path}`),
    reads: (path: string) => files.has(path) || folders.some((folder) => isWithin(path, folder)),
    folders: [...new Set([own, ...folders, ...strays])],
  };
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

interface Converted {
  readonly lineEndings: ReadonlySet<string>;
  readonly lfs: ReadonlySet<string>;
}

/** Of files with other bytes than the commit's: those that git itself wrote so. */
async function conversions(
  suspects: readonly Suspect[],
  git: GitFolder,
  commit: string,
  store: GitStore,
): Promise<Converted> {
  const at = (path: string) => `${toBytePath(git.top)}/${path}`;
  const lineEndings = suspects.filter(({ path, id }) => {
    const content = contentOf(at(path), CRLF_BYTES);
    return content !== undefined && isWithCrlf(content, id);
  });
  const format = formatOf(commit) ?? 'sha1';
  const sizes = await store.sizes(
    git.objects,
    format,
    suspects.map(({ id }) => id),
  );
  const small = suspects.filter(({ id }) => (sizes.get(id) ?? LFS_POINTER_BYTES) < LFS_POINTER_BYTES);
  const pointers = await store.read(git.objects, format)(small.map(({ id }) => id));
  const lfs = small.filter(({ path, id }) => {
    const { content } = pointers.get(id) ?? {};
    if (content === undefined || objectId('blob', content, format) !== id) return false;
    const named = lfsContent(content);
    return named !== undefined && sha256Of(at(path)) === named;
  });
  return { lineEndings: pathsOf(lineEndings), lfs: pathsOf(lfs) };
}

function pathsOf(suspects: readonly Suspect[]): ReadonlySet<string> {
  return new Set(suspects.map(({ path }) => path));
}

function told(comparison: Comparison, { lineEndings, lfs }: Converted) {
  const names = (paths: readonly string[]) => paths.map(toText).sort();
  const modified = comparison.modified.filter((path) => !lineEndings.has(path) && !lfs.has(path));
  return {
    differences: {
      modified: names(modified),
      missing: names(comparison.missing),
      untracked: names(comparison.untracked),
      outside: names(comparison.outside),
    },
    same: comparison.same.length + comparison.modified.length - modified.length,
    lineEndings: lineEndings.size,
    lfs: lfs.size,
    absent: comparison.absent.length,
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
