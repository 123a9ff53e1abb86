import type { ManifestNode, NodeResult } from '../dbt/artifacts.ts';
import { datasetFacets, datasetOf, dbtTag } from './dataset.ts';
import { type Datasets, NO_DATASETS, type RunDescription } from './event.ts';
import { type Execution, isPartial } from './execution.ts';
import { facet, type JsonObject, known } from './facet.ts';
import { jobName, jobType, sourceLocationFacet, sqlFacet } from './job.ts';
import { isDataset, realParents } from './parents.ts';
import { dbtFacet, nodeRunId, parentFacet, type Scope } from './scope.ts';
import { outputStatistics } from './statistics.ts';

/** Characters of an error message that are kept. */
const MESSAGE_LIMIT = 10_000;

/** The run of a model, seed, snapshot, hook or function. It reads its real parents and writes itself. */
export function nodeRun(execution: Execution, scope: Scope): RunDescription {
  const { result, node, kind, outcome } = execution;
  const { producer } = scope;
  return {
    runId: nodeRunId(scope, result.uniqueId),
    jobName: jobName(result.uniqueId, node, kind, scope),
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
  if (!isDataset(node)) return NO_DATASETS;
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

/** The warehouse's id of the node's last statement: `query_id`, for BigQuery `project:location.job_id`. */
function queryFacet({ adapterResponse }: NodeResult, { producer, namespace }: Scope): JsonObject {
  const [query, job, project, location] = ['query_id', 'job_id', 'project_id', 'location'].map((key) => {
    const value = adapterResponse[key];
    return typeof value === 'string' && value !== 'N/A' ? value : '';
  });
  const bigquery = job && project && location ? `${project}:${location}.${job}` : job;
  const externalQueryId = query || bigquery;
  if (!externalQueryId) return {};
  return {
    externalQuery: facet(producer, 'ExternalQueryRunFacet', { externalQueryId, source: namespace }),
  };
}

/** What dbt said about a failure. */
export function errorFacet({ result, node, outcome }: Execution, { producer }: Scope): JsonObject {
  if (outcome !== 'FAIL' || result.message === '') return {};
  return {
    errorMessage: facet(
      producer,
      'ErrorMessageRunFacet',
      known({
        message: result.message.slice(0, MESSAGE_LIMIT).toWellFormed(),
        programmingLanguage: node?.language === 'python' ? 'PYTHON' : 'SQL',
      }),
    ),
  };
}
