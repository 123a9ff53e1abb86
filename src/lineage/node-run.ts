import type { ManifestNode } from '../dbt/artifacts.ts';
import { hasOwnHooks, isBeside } from '../dbt/beside.ts';
import { dbtTag } from './dataset.ts';
import type { RunDescription } from './event.ts';
import type { Execution } from './execution.ts';
import { facet, type JsonObject } from './facet.ts';
import { inputDatasets } from './input-datasets.ts';
import { jobType, sourceLocationFacet, sqlFacet } from './job.ts';
import { outputDatasets } from './output-datasets.ts';
import { errorFacet, queryFacet } from './result-facets.ts';
import { dbtFacet, nodeRunId, parentFacet, type Scope } from './scope.ts';

/** The run of a model, seed, snapshot or function; and that of a hook or macro, of which dbt does not say what it touched. */
export function nodeRun(execution: Execution, scope: Scope): RunDescription {
  const { result, node, kind, outcome } = execution;
  const { producer } = scope;
  const { datasets, unknown } = inputDatasets(execution, scope);
  return {
    runId: nodeRunId(scope, result.uniqueId),
    jobName: result.uniqueId,
    outcome,
    startedAt: result.startedAt,
    endedAt: result.completedAt,
    run: {
      always: { ...parentFacet(producer, scope.wrapper, scope.workflow), ...tagsFacet(node, scope) },
      atEnd: {
        ...dbtFacet(scope, {
          uniqueId: result.uniqueId,
          ...nodeFields(node),
          status: result.raw,
          ...(unknown.length > 0 && { inputsNotKnown: unknown }),
          ...(isBeside(kind) && { datasetsNotKnown: true }),
          ...(node !== null && outcome !== 'ABORT' && hasOwnHooks(node) && { hooksNotKnown: true }),
        }),
        ...queryFacet(result, scope),
        ...errorFacet(execution, scope),
      },
    },
    job: {
      always: jobType(producer, kind.toUpperCase()),
      atEnd: { ...sqlFacet(execution, scope), ...sourceLocationFacet(node, scope) },
    },
    ...(!isBeside(kind) && { inputs: datasets, outputs: outputDatasets(execution, scope) }),
  };
}

function nodeFields(node: ManifestNode | null) {
  if (node === null) return {};
  const { materialized, originalFilePath, checksum } = node;
  return { materialized, originalFilePath, checksum };
}

function tagsFacet(node: ManifestNode | null, { producer }: Scope): JsonObject {
  if (node === null || node.tags.length === 0) return {};
  return { tags: facet(producer, 'TagsRunFacet', { tags: node.tags.map(dbtTag) }) };
}
