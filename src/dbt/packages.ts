import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { plain } from '../untrusted.ts';

/** A package that `dbt deps` installed: what `package-lock.yml` calls it, and what lies in its folder. */
export interface InstalledPackage {
  /** The name of its dbt project, which is also the name of its folder; empty where an old lock file does not tell it. */
  readonly name: string;
  /** Where dbt took it from; absent for a folder that the lock file does not name. */
  readonly kind?: PackageKind;
  /** `dbt-labs/dbt_utils`, a URL without login, or a path. */
  readonly from?: string;
  /** Version on the hub, or commit of the git repository. */
  readonly version?: string;
  readonly subdirectory?: string;
  /** SHA-256 over its files, see `contentLines`; absent when no folder of this name was found, or when it is too large. */
  readonly sha256?: string;
}

export type PackageKind = 'hub' | 'git' | 'private' | 'tarball' | 'local';

/** What one `dbt deps` left. dbt empties the folder first, so everything in it is of that command. */
export interface InstalledPackages {
  /** SHA-256 of package-lock.yml as it was after the command; absent without such a file. */
  readonly lockSha256?: string;
  /** `sha1_hash` in it, as dbt wrote it: of the list that the project asks for, not of any content. */
  readonly lockSha1?: string;
  /** The project's `packages-install-path`; absent when it is a template that only dbt can render. */
  readonly folder?: string;
  readonly packages: readonly InstalledPackage[];
}

/** Keys of an entry of package-lock.yml that say where it comes from. */
const SOURCES: readonly (readonly [key: string, kind: PackageKind])[] = [
  ['package', 'hub'],
  ['git', 'git'],
  ['private', 'private'],
  ['tarball', 'tarball'],
  ['local', 'local'],
];

/** Packages that a record lists. */
const LISTED = 1_000;

/** The entries of package-lock.yml and dbt's own hash in it. Text that is no such file gives none. */
export function readLock(text: string): Pick<InstalledPackages, 'lockSha1' | 'packages'> {
  const root = yamlMap(text);
  const entries = root?.get('packages');
  const sha1 = textIn(root, 'sha1_hash');
  return {
    ...(sha1 !== undefined && { lockSha1: sha1 }),
    packages: isSeq(entries) ? entries.items.slice(0, LISTED).filter(isMap).flatMap(lockEntry) : [],
  };
}

function lockEntry(entry: YAMLMap): readonly InstalledPackage[] {
  const [key, kind] = SOURCES.find(([name]) => entry.has(name)) ?? [];
  if (key === undefined || kind === undefined) return [];
  const from = withoutLogin(textIn(entry, key) ?? '');
  const version = textIn(entry, 'version') ?? textIn(entry, 'revision');
  const subdirectory = textIn(entry, 'subdirectory');
  // dbt before 1.9 writes no names. On the hub the repository is called as the project in it.
  const name = textIn(entry, 'name') ?? (kind === 'hub' ? (from.split('/').at(-1) ?? '') : '');
  return [
    { name, kind, from, ...(version !== undefined && { version }), ...(subdirectory && { subdirectory }) },
  ];
}

/** A URL may carry a user and a password, and a record is public. */
function withoutLogin(from: string): string {
  return from.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

/** `packages-install-path` of dbt_project.yml; null when it is a template, or when the text is no such file. */
export function installFolder(projectFile: string): string | null {
  const root = yamlMap(projectFile);
  if (root === null) return null;
  const path = textIn(root, 'packages-install-path') ?? 'dbt_packages';
  return path.includes('{{') || path.includes('{%') ? null : path;
}

/** The entries of the lock file with what was found in the folder; folders that no entry names come last. */
export function withContents(
  entries: readonly InstalledPackage[],
  folders: ReadonlyMap<string, string | null>,
): readonly InstalledPackage[] {
  const named = new Set(entries.map(({ name }) => name));
  const found = (name: string) => {
    const sha256 = folders.get(name);
    return sha256 == null ? {} : { sha256 };
  };
  const unnamed = [...folders.keys()].filter((name) => !named.has(name)).sort();
  return [
    ...entries.map((entry) => ({ ...entry, ...found(entry.name) })),
    ...unnamed.map((name) => ({ name: plain(name, 200), ...found(name) })),
  ];
}

/**
 * What the hash of a folder is made of: a line `<sha256>  ./<path>` for each file, in the order of the paths' bytes,
 * as `find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum` prints them. A link counts as a file whose content is
 * its target. Git's own folder at the top is left out: it differs with every clone.
 */
export function contentLines(files: ReadonlyMap<string, string>): string {
  return [...files]
    .map(([path, sha256]) => [Buffer.from(path), sha256] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
    .map(([path, sha256]) => `${sha256}  ./${path}\n`)
    .join('');
}

/** Scalars stay as they are written: a version 1.10 is not the number 1.1. */
function yamlMap(text: string): YAMLMap | null {
  try {
    const { contents, errors } = parseDocument(text, { schema: 'failsafe', prettyErrors: false });
    return errors.length === 0 && isMap(contents) ? contents : null;
  } catch {
    return null;
  }
}

function textIn(map: YAMLMap | null, key: string): string | undefined {
  const value = map?.get(key, true);
  return isScalar(value) && typeof value.value === 'string' ? plain(value.value, 300) : undefined;
}
