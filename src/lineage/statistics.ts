import type { CatalogTable, ManifestNode, NodeResult } from '../dbt/artifacts.ts';
import { facet, type JsonObject } from './facet.ts';

/**
 * `outputStatistics`: rows and bytes that the node wrote. Rows are the adapter's count; for a node that is
 * written whole, the catalog's totals fill in. A zero is left out, because several adapters always say 0; bytes
 * processed are left out, because they are what the query read.
 */
export function outputStatistics(
  producer: string,
  node: ManifestNode,
  result: NodeResult,
  table: CatalogTable | undefined,
): JsonObject {
  if (result.status === 'reused') return {};
  const whole = node.materialized === 'table' || node.materialized === 'seed';
  const stats = whole ? table?.stats : undefined;
  const rowCount =
    count(result.adapterResponse['rows_affected']) ??
    count(stats?.get('num_rows') ?? stats?.get('row_count'));
  const size = count(stats?.get('num_bytes') ?? stats?.get('bytes'));
  if (rowCount === undefined && size === undefined) return {};
  return {
    outputStatistics: facet(producer, 'OutputStatisticsOutputDatasetFacet', {
      ...(rowCount !== undefined && { rowCount }),
      ...(size !== undefined && { size }),
    }),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
