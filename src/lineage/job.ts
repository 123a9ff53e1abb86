import type { ManifestNode } from '../dbt/artifacts.ts';
import type { Execution } from './execution.ts';
import { facet, type JsonObject, known } from './facet.ts';
import type { Scope } from './scope.ts';

/** The `jobType` facet. `type`: JOB for a dbt command, else MODEL, SNAPSHOT, SEED, TEST, … */
export function jobType(producer: string, type: string): JsonObject {
  return {
    jobType: facet(producer, 'JobTypeJobFacet', {
      processingType: 'BATCH',
      integration: 'DBT',
      jobType: type,
    }),
  };
}

/** Name of the job of a node: unique_id, or `database.schema.package.name` and a suffix by command and kind. */
export function jobName(uniqueId: string, node: ManifestNode | null, kind: string, scope: Scope): string {
  if (scope.naming === 'unique-id' || node === null) return uniqueId;
  const suffixes: Readonly<Record<string, string>> = {
    model: '',
    seed: '.seed',
    snapshot: '.snapshot',
    test: '.test',
  };
  const suffix = suffixes[kind];
  if (suffix === undefined) return uniqueId;
  const dropped = kind === 'test' ? 'model.' : `${kind}.`;
  const name = uniqueId.startsWith(dropped) ? uniqueId.slice(dropped.length) : uniqueId;
  const base = [node.database, node.schema, name].filter((part) => part !== '').join('.');
  if (scope.artifacts?.runResults?.which !== 'build') return `${base}${suffix}`;
  return `${base}.build${suffix === '' ? '.run' : suffix}`;
}

/** The SQL that ran, whole. A Python model has none: its source location says what ran. */
export function sqlFacet({ result, node }: Execution, scope: Scope): JsonObject {
  const query = result.compiledCode === '' ? (node?.compiledCode ?? '') : result.compiledCode;
  if (query === '' || node?.language === 'python') return {};
  const dialect = scope.artifacts?.manifest.adapterType ?? '';
  return { sql: facet(scope.producer, 'SQLJobFacet', known({ query, dialect })) };
}

/** Repository, commit and, for nodes of the project itself, file. A package's files are not in the repository. */
export function sourceLocationFacet(node: ManifestNode | null, scope: Scope): JsonObject {
  const { repository, sha, serverUrl } = scope.input.context;
  if (node === null || repository === '' || sha === '') return {};
  const repoUrl = `${serverUrl}/${repository}`;
  const path = pathInRepository(node, scope);
  const url = path === '' ? `${repoUrl}/tree/${sha}` : `${repoUrl}/blob/${sha}/${encodePath(path)}`;
  return {
    sourceCodeLocation: facet(
      scope.producer,
      'SourceCodeLocationJobFacet',
      known({ type: 'git', url, repoUrl, path, version: sha }),
    ),
  };
}

function pathInRepository(node: ManifestNode, scope: Scope): string {
  const { projectDir } = scope.input;
  const own = node.packageName === scope.artifacts?.manifest.projectName && node.originalFilePath !== '';
  if (projectDir === undefined || projectDir.startsWith('/') || !own) return '';
  const parts = `${projectDir}/${node.originalFilePath}`
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? '' : parts.join('/');
}

function encodePath(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
