import type { CatalogTable, ManifestNode, NodeResult } from '../dbt/artifacts.ts';
import { facet, type JsonObject } from './facet.ts';

/**
 * `outputStatistics`: rows and bytes that the node wrote, where it is known that the number means that. For a node
 * that is written whole, the catalog's totals fill in. A zero is left out, because several adapters always say 0;
 * bytes processed are left out, because they are what the query read.
 */
export function outputStatistics(
  { producer, adapterType }: { readonly producer: string; readonly adapterType: string },
  node: ManifestNode,
  result: NodeResult,
  table: CatalogTable | undefined,
): JsonObject {
  if (result.status === 'reused') return {};
  const whole = node.materialized === 'table' || node.materialized === 'seed';
  const stats = whole ? table?.stats : undefined;
  const rowCount =
    rowsWritten(node, result, adapterType) ?? firstCount(stats, ['num_rows', 'row_count', 'rows']);
  // dbt-redshift's `size` is in bytes, too: its query counts blocks of 1 MB and multiplies.
  const size = firstCount(stats, ['num_bytes', 'bytes', 'size']);
  if (rowCount === undefined && size === undefined) return {};
  return {
    outputStatistics: facet(producer, 'OutputStatisticsOutputDatasetFacet', {
      ...(rowCount !== undefined && { rowCount }),
      ...(size !== undefined && { size }),
    }),
  };
}

/** Adapters whose `rows_affected` is the warehouse's count for the statement that writes the rows. */
const COUNTING = new Set(['athena', 'bigquery', 'postgres', 'redshift']);
/** Materializations that write all their rows in one such statement, the last. */
const ONE_STATEMENT = new Set(['table', 'incremental']);

/**
 * Rows by the adapter's answer. Of a seed dbt itself counts them. Snowflake counts inserted and updated rows apart;
 * its `rows_affected` is the length of the answer, which is 1 for a view or an empty table.
 */
function rowsWritten(
  { materialized }: ManifestNode,
  result: NodeResult,
  adapterType: string,
): number | undefined {
  const answer = result.adapterResponse;
  if (materialized === 'seed') return count(answer['rows_affected']);
  if (adapterType === 'snowflake') {
    const parts = [answer['rows_inserted'], answer['rows_updated']].map((rows) => count(rows) ?? 0);
    return count(parts.reduce((sum, rows) => sum + rows, 0));
  }
  return COUNTING.has(adapterType) && ONE_STATEMENT.has(materialized)
    ? count(answer['rows_affected'])
    : undefined;
}

function firstCount(stats: CatalogTable['stats'] | undefined, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = count(stats?.get(name));
    if (value !== undefined) return value;
  }
  return undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
