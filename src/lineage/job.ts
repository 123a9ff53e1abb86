import type { ManifestNode } from '../dbt/artifacts.ts';
import type { Execution } from './execution.ts';
import { facet, type JsonObject, known } from './facet.ts';
import { compiledCodeOf } from './inputs.ts';
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

/** The SQL that ran, whole. A Python model has none: its source location says what ran. */
export function sqlFacet({ result, node }: Execution, scope: Scope): JsonObject {
  const query = compiledCodeOf(result, node);
  if (query === '' || node?.language === 'python') return {};
  const dialect = scope.artifacts?.manifest.adapterType ?? '';
  return { sql: facet(scope.producer, 'SQLJobFacet', known({ query, dialect })) };
}

/** Repository, commit and, for nodes of the project itself, file. A package's files are not in the repository. */
export function sourceLocationFacet(node: ManifestNode | null, scope: Scope): JsonObject {
  if (node === null || scope.input.projectDir === null) return {};
  const { sha } = scope.input.context;
  const repoUrl = scope.jobNamespace;
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
  if (projectDir === null || projectDir.startsWith('/') || !own) return '';
  const parts = `${projectDir}/${node.originalFilePath}`
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? '' : parts.join('/');
}

function encodePath(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
