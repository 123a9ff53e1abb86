import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventFaults } from '../support/openlineage-schema.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

const config = (loaded: string) =>
  `\n        config: { loaded_at_field: "${loaded}", freshness: { warn_after: { count: 1, period: hour }, error_after: { count: 1, period: day } } }`;
const loaded = (hours: number) => config(`cast(now() as timestamp) - interval ${hours} hour`);

const sources = (products: string, orders: string) => `sources:
  - name: till
    schema: "{{ target.schema }}_raw"
    tables:
      - name: products
        identifier: raw_products${products}
      - name: orders
        identifier: raw_orders${orders}
`;
const model = (table: string) =>
  `-- depends_on: {{ ref('raw_${table}') }}\nselect * from {{ source('till', '${table}') }}`;

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
    project: 'small',
    policy: (policy) =>
      policy
        .replace(/commands: \[build.*docs.*\]/, 'commands: [seed, run, source freshness]')
        .replace('target: analytics', 'target: analytics\n      never: ["path:models/stg_orders.sql"]')
        .replace(/commands: \[build, test\]\n.*\n.*never.*\n/, 'commands: [seed, run, source freshness]\n'),
  });

  /** Models that read their seeds as sources with an age: products are past `warn_after`. */
  async function prepare(products = loaded(3), orders = loaded(0)): Promise<void> {
    const write = (file: string, text: string) => writeFile(join(scene.workspace, file), text);
    await write('seeds/raw_products.csv', 'sku\ntea\n');
    await write('models/stg_products.sql', model('products'));
    await write('models/stg_orders.sql', model('orders'));
    await write('models/shop.yml', sources(products, orders));
    await mkdir(join(scene.workspace, 'prev'));
    const later = new Date(Date.now() + 3_600_000);
    await write('prev/sources.json', JSON.stringify(state(later)));
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

    // FF-A2: a warning is seen everywhere, though the run is green.
    const products = 'source.jaffle_shop.till.products';
    expect(plan?.commands[1]?.nodes).toEqual(['source.jaffle_shop.till.orders', products].toSorted());
    expect(run.log.annotations).toMatchObject([
      {
        level: 'warning',
        title: 'Source past warn_after',
        message: expect.stringContaining(`${products} is 3 h old`),
      },
    ]);
    expect(run.log.annotations[0]).toMatchObject({ file: 'models/shop.yml', line: '5' });
    expect(dbt?.invocations[1]).toMatchObject({
      freshness: [
        { source: products, status: 'warn', ageSeconds: 10_800, warnAfter: '1 hour', errorAfter: '1 day' },
        { source: 'source.jaffle_shop.till.orders', status: 'pass' },
      ],
      nodes: { warned: [products], missing: [] },
    });
    expect(run.summary).toContain(`| \`${products}\` | warning | 3 h | 1 hour | 1 day |`);
    expect(run.stdout).toContain(`freshness    warning: ${products}, 3 h old`);
    const events = (artifact.files.get('lineage.ndjson') ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.flatMap(eventFaults)).toEqual([]);
    const ended = events.find(
      ({ eventType, inputs, job }) =>
        eventType === 'COMPLETE' && inputs.length === 2 && job.name === 'dbt-run-jaffle_shop',
    );
    expect(ended.inputs.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      'jaffle_shop.main_raw.raw_orders',
      'jaffle_shop.main_raw.raw_products',
    ]);
  });

  it('FF-A3 a source past error_after, and one that cannot be asked: named with age, threshold and message', async () => {
    await prepare(loaded(72), config('nocolumn'));
    const run = await scene.run({ inputs: { command: 'seed\nsource freshness\nrun' } });
    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.outputs.get('dbt-exit-code')).toBe('1');
    expect(run.log.annotations.map(({ level, title }) => `${level} ${title}`)).toEqual([
      'error Source too old',
      'error Source not measured',
      'error ERR_DBT_FAILED',
    ]);
    const [, , failure] = run.log.annotations;
    expect(failure?.message).toMatch(/till\.products is 3 days old \(warn after 1 hour, error after 1 day\)/);
    expect(failure?.message).toMatch(/till\.orders is not measured .*nocolumn/);
    expect(run.stdout + run.summary).not.toContain('before any node ran');
    expect(run.summary).toMatch(/till\.orders` \| not measured \| not known \|.*nocolumn/);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    const report = artifact.files.get('report.html') ?? '';
    expect(report).toContain('1 too old, 1 not measured');
    expect(report).toContain('nocolumn');
    expect(predicateOf(artifact).dbt?.invocations).toHaveLength(2);
  });

  it('FF-A3 refuses a line that turns out to be outside of the rule, before it runs', async () => {
    await prepare();
    const run = await scene.run({ claims: { environment: 'analytics' }, inputs: { command: LINES } });
    expect(run.exitCode, run.stdout).toBe(1);
    // dbt ran, so nobody may read that it did not.
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.log.annotations[1]?.title).toContain('ERR_DBT_SELECTION_FORBIDDEN');
    expect(run.log.annotations[1]?.message).toContain('model.jaffle_shop.stg_orders');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    const { plan, dbt } = predicateOf(artifact);
    expect(dbt?.invocations.map(({ command }) => command)).toEqual(['seed', 'source freshness']);
    expect(plan?.commands[2]?.nodes).toContain('model.jaffle_shop.stg_orders');
    // What the lines before it did is not lost.
    expect(artifact.files.get('lineage.ndjson')).toContain('"seed.jaffle_shop.raw_orders"');
    expect(artifact.files.get('report.html')).not.toContain('No node was executed');
  });
});
