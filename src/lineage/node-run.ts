import type { ManifestNode } from '../dbt/artifacts.ts';
import { datasetFacets, datasetOf, dbtTag } from './dataset.ts';
import { type Datasets, NO_DATASETS, type RunDescription } from './event.ts';
import { type Execution, isPartial } from './execution.ts';
import { facet, type JsonObject } from './facet.ts';
import { jobType, sourceLocationFacet, sqlFacet } from './job.ts';
import { isDataset, realParents } from './parents.ts';
import { errorFacet, queryFacet } from './result-facets.ts';
import { dbtFacet, nodeRunId, parentFacet, type Scope } from './scope.ts';
import { outputStatistics } from './statistics.ts';

/** The run of a model, seed, snapshot, hook or function. It reads its real parents and writes itself. */
export function nodeRun(execution: Execution, scope: Scope): RunDescription {
  const { result, node, kind, outcome } = execution;
  const { producer } = scope;
  return {
    runId: nodeRunId(scope, result.uniqueId),
    jobName: result.uniqueId,
    outcome,
    startedAt: result.startedAt,
    endedAt: result.completedAt,
    run: {
      always: { ...parentFacet(producer, scope.wrapper, scope.workflow), ...tagsFacet(node, scope) },
      atEnd: {
        ...dbtFacet(scope, { uniqueId: result.uniqueId, ...nodeFields(node), status: result.raw }),
        ...queryFacet(result, scope),
        ...errorFacet(execution, scope),
      },
    },
    job: {
      always: jobType(producer, kind.toUpperCase()),
      atEnd: { ...sqlFacet(execution, scope), ...sourceLocationFacet(node, scope) },
    },
    inputs: node === null ? NO_DATASETS : inputsOf(node, scope),
    outputs: node === null ? NO_DATASETS : outputsOf(node, execution, scope),
  };
}

/** The relations that a node reads. */
function inputsOf(node: ManifestNode, scope: Scope): Datasets {
  const manifest = scope.artifacts?.manifest;
  const parents = manifest === undefined ? [] : realParents(manifest, node);
  return {
    atStart: parents.map((parent) => datasetOf(parent, scope)),
    atEnd: parents.map((parent) => ({ ...datasetOf(parent, scope), facets: datasetFacets(parent, scope) })),
  };
}

/** The relation that a node writes. What failed or was skipped has written nothing, unless only some batches failed. */
function outputsOf(node: ManifestNode, { result, outcome }: Execution, scope: Scope): Datasets {
  if (!isDataset(node) || node.resourceType === 'source') return NO_DATASETS;
  const dataset = datasetOf(node, scope);
  const written = outcome === 'COMPLETE' || isPartial(result);
  const table = scope.catalog?.tables.get(node.uniqueId);
  const end = {
    ...dataset,
    facets: datasetFacets(node, scope),
    outputFacets: outputStatistics(scope.producer, node, result, table),
  };
  return { atStart: [dataset], atEnd: written ? [end] : [] };
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
