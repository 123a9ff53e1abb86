import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

/** Orders are fresh, products past `warn_after`; of the others nothing is expected. */
const THRESHOLDS = `
    loaded_at_field: "cast(now() as timestamp) - interval 2 hour"
    config: { freshness: { warn_after: { count: 6, period: hour }, error_after: { count: 1, period: day } } }
    tables:`;

/** What an earlier run measured: products then already as they are now, orders not. */
const state = (maxLoadedAt: Date) => ({
  metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/sources/v3.json' },
  results: ['source.jaffle_shop.till.products', 'source.jaffle_shop.till.orders'].map((unique_id) => ({
    unique_id,
    max_loaded_at: (unique_id.endsWith('orders') ? new Date(0) : maxLoadedAt).toISOString(),
    snapshotted_at: maxLoadedAt.toISOString(),
    max_loaded_at_time_ago_in_s: 1,
    status: 'pass',
    criteria: {},
    adapter_response: {},
    timing: [],
    thread_id: '',
    execution_time: 0,
  })),
  elapsed_time: 0,
});

describe.skipIf(!REAL_DBT)(`source freshness with real dbt${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({
    policy: (policy) =>
      policy
        .replace(/commands: \[build.*docs.*\]/, 'commands: [seed, run, source freshness]')
        .replace(
          'target: analytics',
          'target: analytics\n      never: ["path:models/staging/stg_orders.sql"]',
        )
        .replace(/commands: \[build, test\]\n.*\n.*never.*\n/, 'commands: [seed, run, source freshness]\n'),
  });

  async function prepare(): Promise<void> {
    const file = join(scene.workspace, 'models/staging/_sources.yml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('\n    tables:', THRESHOLDS));
    await mkdir(join(scene.workspace, 'prev'));
    const later = new Date(Date.now() + 3_600_000);
    await writeFile(join(scene.workspace, 'prev/sources.json'), JSON.stringify(state(later)));
  }

  const LINES = 'seed\nsource freshness\nrun --select source_status:fresher+1 --state prev';

  it('FF-A3 builds what has fresher sources, planned when that is known', async () => {
    await prepare();
    const run = await scene.run({ inputs: { command: LINES } });
    expect(run.exitCode, run.stdout).toBe(0);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(0);
    const { plan, dbt } = predicateOf(artifact);
    expect(plan?.commands[2]).toMatchObject({ deferred: true });
    expect(plan?.commands[2]?.nodes).toContain('model.jaffle_shop.stg_orders');
    expect(plan?.commands[2]?.nodes).not.toContain('model.jaffle_shop.stg_products');
    expect(dbt?.invocations[2]?.nodes).toMatchObject({ unplanned: [], missing: [] });
    expect(dbt?.invocations[2]?.nodes.succeeded).toContain('model.jaffle_shop.stg_orders');
    expect(run.stdout).toContain('run: planned after the lines before it');
  });

  it('FF-A3 refuses a line that turns out to be outside of the rule, before it runs', async () => {
    await prepare();
    const run = await scene.run({ claims: { environment: 'analytics' }, inputs: { command: LINES } });
    expect(run.exitCode, run.stdout).toBe(1);
    // dbt ran, so nobody may read that it did not.
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.log.annotations[0]?.title).toContain('ERR_DBT_SELECTION_FORBIDDEN');
    expect(run.log.annotations[0]?.message).toContain('model.jaffle_shop.stg_orders');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    const { plan, dbt } = predicateOf(artifact);
    expect(dbt?.invocations.map(({ command }) => command)).toEqual(['seed', 'source freshness']);
    expect(plan?.commands[2]?.nodes).toContain('model.jaffle_shop.stg_orders');
  });
});
