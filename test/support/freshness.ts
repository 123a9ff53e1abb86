/** A `source freshness` as dbt 1.11 leaves it: one source too old, one with a warning, one whose query failed, one of which nothing is known. */
import type { DbtInvocation, RunFact } from '../../src/dbt/invocation.ts';
import { readManifest, readSources } from '../../src/dbt/read-artifacts.ts';
import { bytes } from './evidence.ts';
import { INVOCATION_ID, invocation } from './records.ts';

const id = (name: string) => `source.jaffle_shop.till.${name}`;

/** As dbt wrote it, shortened. A source whose query failed is not in it. */
export const SOURCES_JSON = {
  metadata: {
    dbt_schema_version: 'https://schemas.getdbt.com/dbt/sources/v3.json',
    invocation_id: INVOCATION_ID,
  },
  results: [
    {
      unique_id: id('orders'),
      max_loaded_at: '2026-11-27T22:31:55.113493+00:00',
      snapshotted_at: '2026-11-30T22:31:55.113493+00:00',
      max_loaded_at_time_ago_in_s: 259200.0,
      status: 'error',
      criteria: {
        warn_after: { count: 1, period: 'hour' },
        error_after: { count: 1, period: 'day' },
        filter: null,
      },
    },
    {
      unique_id: id('products'),
      max_loaded_at: '2026-11-30T19:31:55.266533+00:00',
      snapshotted_at: '2026-11-30T22:31:55.266533+00:00',
      max_loaded_at_time_ago_in_s: 10800.0,
      status: 'warn',
      criteria: { warn_after: { count: 1, period: 'hour' }, error_after: { count: 1, period: 'day' } },
    },
  ],
};

const HOUR = { warn_after: { count: 1, period: 'hour' } };
const DAY = { error_after: { count: 1, period: 'day' } };

export const MANIFEST_JSON = {
  metadata: { invocation_id: INVOCATION_ID, adapter_type: 'duckdb', project_name: 'jaffle_shop' },
  sources: Object.fromEntries(
    Object.entries({
      orders: { ...HOUR, ...DAY },
      products: { ...HOUR, ...DAY },
      order_items: DAY,
      customers: HOUR,
    }).map(([name, freshness]) => [
      id(name),
      {
        name,
        package_name: 'jaffle_shop',
        database: 'jaffle',
        schema: 'raw',
        identifier: `raw_${name}`,
        original_file_path: 'models/staging/_sources.yml',
        freshness,
      },
    ]),
  ),
};

export const FRESHNESS_PLAN: readonly string[] = Object.keys(MANIFEST_JSON.sources);

export function freshnessRun(change: Partial<DbtInvocation> = {}): RunFact {
  return {
    invocation: invocation({
      command: { text: 'source freshness', name: 'source freshness', args: [] },
      exitCode: 1,
      unmeasured: {
        [id('order_items')]:
          'Runtime Error in source order_items (models/staging/_sources.yml)\n  Binder Error: Referenced column "nocolumn" not found in FROM clause!',
      },
      ...change,
    }),
    artifacts: {
      manifest: readManifest(bytes(JSON.stringify(MANIFEST_JSON))),
      runResults: null,
      catalog: null,
      sources: readSources(bytes(JSON.stringify(SOURCES_JSON))),
    },
  };
}
