import type { ManifestNode } from '../dbt/artifacts.ts';
import { storesFailures } from '../dbt/stored-failures.ts';
import { datasetFacets } from './dataset.ts';
import { datasetNames, placeOf } from './dataset-name.ts';
import { type Datasets, NO_DATASETS } from './event.ts';
import { type Execution, isPartial } from './execution.ts';
import { fileDataset } from './file-dataset.ts';
import type { DatasetName } from './namespace.ts';
import { isDataset } from './parents.ts';
import type { Scope } from './scope.ts';
import { outputStatistics } from './statistics.ts';

/** What a node writes; at the end only what it has written. */
export function outputDatasets(execution: Execution, scope: Scope): Datasets {
  const { node, result } = execution;
  if (node === null || !writes(node, scope)) return NO_DATASETS;
  const names = [...datasetNames(placeOf(node, scope.dialect), scope.namespace), ...externalFile(node)];
  if (!hasWritten(execution, scope)) return { atStart: names, atEnd: [] };
  const table = scope.catalog?.tables.get(node.uniqueId);
  const statistics = outputStatistics(scope, node, result, table);
  return {
    atStart: names,
    atEnd: names.map((dataset, index) => ({
      ...dataset,
      facets: datasetFacets(node, { ...scope, namespace: dataset.namespace }),
      outputFacets: index === 0 ? statistics : {},
    })),
  };
}

function writes(node: ManifestNode, { artifacts }: Scope): boolean {
  if (isDataset(node)) return node.resourceType !== 'source';
  return storesFailures(node, artifacts?.runResults?.args['store_failures'] === true);
}

/**
 * What failed or was skipped has written nothing, unless only some batches failed. A test writes its failures before
 * it counts them: one that counted has written, of one that could not be evaluated it is not known. A clone of what
 * exists already, or is not in the state, does nothing and says so.
 */
function hasWritten({ node, result, outcome }: Execution, { artifacts }: Scope): boolean {
  if (artifacts?.runResults?.which === 'clone' && result.message === 'No-op') return false;
  if (node?.resourceType === 'test') return outcome !== 'ABORT' && result.failures !== null;
  return outcome === 'COMPLETE' || isPartial(result);
}

/** The file that dbt-duckdb's materialization `external` writes beside its view, where the project names it in plain text. */
function externalFile({ materialized, config }: ManifestNode): readonly DatasetName[] {
  const location = config['location'];
  if (materialized !== 'external' || typeof location !== 'string' || location === '') return [];
  return /\{[{%]/.test(location) ? [] : [fileDataset(location)];
}
