import type { ManifestNode, SourceFreshness } from '../dbt/artifacts.ts';
import { datasetFacets } from './dataset.ts';
import { datasetNames, placeOf } from './dataset-name.ts';
import { dialectOf } from './dialect.ts';
import type { Datasets } from './event.ts';
import { facet, type JsonObject, known, ownFacet } from './facet.ts';
import type { DatasetName } from './namespace.ts';
import type { Scope } from './scope.ts';

interface Measured {
  readonly dataset: DatasetName;
  readonly node: ManifestNode;
  /** More than one when several sources are the same table. */
  readonly rows: SourceFreshness[];
}

/** The sources whose freshness dbt asked for and got, as inputs with what was found. None for a command that measures nothing. */
export function measuredSources(scope: Scope): Datasets {
  const measured = datasetsOf(scope);
  return {
    atStart: measured.map(({ dataset }) => dataset),
    atEnd: measured.map(({ dataset, node, rows }) => ({
      ...dataset,
      facets: datasetFacets(node, { ...scope, namespace: dataset.namespace }),
      inputFacets: {
        // The query of the freshness is in none of dbt's artifacts.
        dbtPassport_edge: ownFacet(scope.producer, 'edge-input-facet-1-0-0', { basis: 'declared' }),
        ...freshnessFacets(rows, scope.producer),
      },
    })),
  };
}

function datasetsOf({ artifacts, namespace }: Scope): readonly Measured[] {
  const { manifest, sources = [] } = artifacts ?? {};
  const found = new Map<string, Measured>();
  for (const row of sources) {
    const node = manifest?.nodes.get(row.uniqueId);
    if (manifest === undefined || node === undefined || row.status === 'not measured') continue;
    for (const dataset of datasetNames(placeOf(node, dialectOf(manifest.adapterType)), namespace)) {
      const key = JSON.stringify([dataset.namespace, dataset.name]);
      const same = found.get(key);
      if (same === undefined) found.set(key, { dataset, node, rows: [row] });
      else same.rows.push(row);
    }
  }
  return [...found.values()];
}

/** The newest load, and the judgement on its age as an assertion: `freshness` is a class of assertion of the specification. */
function freshnessFacets(rows: readonly SourceFreshness[], producer: string): JsonObject {
  const lastUpdated = rows.find(({ maxLoadedAt }) => maxLoadedAt !== '')?.maxLoadedAt;
  return {
    ...(lastUpdated !== undefined && {
      dataQualityMetrics: facet(producer, 'DataQualityMetricsInputDatasetFacet', {
        lastUpdated,
        columnMetrics: {},
      }),
    }),
    dataQualityAssertions: facet(producer, 'DataQualityAssertionsDatasetFacet', {
      assertions: rows.map(freshnessAssertion),
    }),
  };
}

function freshnessAssertion({
  uniqueId,
  status,
  ageSeconds,
  warnAfter,
  errorAfter,
}: SourceFreshness): JsonObject {
  const byError = status === 'error' || warnAfter === '';
  return known({
    assertion: 'freshness',
    name: uniqueId,
    success: status === 'pass',
    severity: byError ? 'error' : 'warn',
    actual: ageSeconds === null ? '' : `${Math.round(ageSeconds)} seconds`,
    expected: byError ? errorAfter : warnAfter,
  });
}
