import { parse } from 'yaml';

/** What dbt reads of a project besides dbt_project.yml itself: paths relative to the project. */
export interface DbtPaths {
  /** Everything below them. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Of `folders`, the one that `dbt deps` fills. */
  readonly packages: string;
  /** Of `folders`, those of local packages. */
  readonly localPackages: readonly string[];
}

/** Text of the files that name paths; undefined for one that does not exist. */
export interface PathFiles {
  readonly project: string | undefined;
  /** packages.yml, dependencies.yml and package-lock.yml, and the first two of local packages, which may name more of these. */
  readonly packages: readonly (string | undefined)[];
}

/** Keys of dbt_project.yml with dbt's defaults. Source: dbt-core 1.8 to 1.12, dbt/config/project.py. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'model-paths': ['models'],
  'source-paths': [],
  'seed-paths': ['seeds'],
  'data-paths': [],
  'test-paths': ['tests'],
  'analysis-paths': ['analyses'],
  'macro-paths': ['macros'],
  'snapshot-paths': ['snapshots'],
  'function-paths': ['functions'],
  'docs-paths': [],
  'asset-paths': [],
};

/** Files in the folder of the project that dbt reads by their names. profiles.yml is none: dbt gets another one. */
const FILES = [
  'dbt_project.yml',
  'packages.yml',
  'dependencies.yml',
  'package-lock.yml',
  'selectors.yml',
  'catalogs.yml',
  'vars.yml',
  '.dbtignore',
];

/**
 * Where dbt looks for code. The text is the caller's; it is compared with the commit like every other file.
 * @returns why it cannot be told, in place of the paths: YAML that cannot be read, or a path that only dbt can compute
 */
export function dbtPaths({ project, packages }: PathFiles): DbtPaths | { readonly unclear: string } {
  const settings = mapping(project);
  if (settings === undefined) return { unclear: 'dbt_project.yml is not YAML with settings' };
  const written = Object.entries(FOLDERS).map(([key, standard]) => [key, settings[key] ?? standard] as const);
  const lists = written.map(([key, value]) => [key, typeof value === 'string' ? [value] : value] as const);
  const installed = settings['packages-install-path'] ?? 'dbt_packages';
  const odd = [...lists, ['packages-install-path', [installed]] as const].find(
    ([, list]) => !isPlainList(list),
  );
  if (odd !== undefined) return { unclear: `\`${odd[0]}\` in dbt_project.yml is no plain path` };
  const local = packages.map((text) => (text === undefined ? [] : localPackages(text)));
  if (!local.every(isPlainList)) return { unclear: 'a local package has a path that only dbt can compute' };
  const folders = [...lists.map(([, list]) => list), ...local, [installed]].filter(isPlainList).flat();
  return {
    folders: [...new Set(folders.map(clean))],
    files: FILES,
    packages: clean(String(installed)),
    localPackages: [...new Set(local.filter(isPlainList).flat().map(clean))],
  };
}

/** Folders that packages.yml takes as they are; undefined when it has no list of packages. */
function localPackages(text: string): readonly unknown[] | undefined {
  const settings = text.trim() === '' ? {} : mapping(text);
  const entries = settings && (settings['packages'] ?? []);
  if (!Array.isArray(entries)) return undefined;
  return entries.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'local' in entry ? [entry.local] : [],
  );
}

function isPlainList(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every(isPlain);
}

/** No Jinja, and `..` at most in front: behind a link it would lead elsewhere than it reads. */
function isPlain(path: unknown): path is string {
  if (typeof path !== 'string' || path === '' || /[{}\0]/.test(path)) return false;
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  return !parts.some((part, index) => part === '..' && index > 0 && parts[index - 1] !== '..');
}

/** A path as one text: without `.`, doubled or closing slashes. */
export function clean(path: string): string {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

function mapping(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = parse(text, { merge: true, maxAliasCount: 100, logLevel: 'error' });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
