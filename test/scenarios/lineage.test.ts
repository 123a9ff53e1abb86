import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { basesOf, endOf, namesOf, type RunEvent } from '../lineage/project.ts';
import { eventFaults } from '../support/openlineage-schema.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const SOURCES = `sources:
  - name: files
    meta: { external_location: "seeds/{name}.csv" }
    tables: [{ name: raw_products }]
`;
const CI = '{ kind: duckdb, path: jaffle_shop.duckdb, schema: ci, threads: "4" }';
const PRODUCTS = "select * from {{ source('files', 'raw_products') }} -- join {{ ref('stg_orders') }}";

/** Two rules of one database: production builds into `main`, the other into `ci`, where nothing is. */
function twoSchemas(policy: string): string {
  return policy
    .replace(/^ {2}warehouse: .*$/m, (line) => `${line}\n  ci: ${CI}`)
    .replace(/grants: \[warehouse\](?=\s+dbt:\s+target: analytics)/, 'grants: [ci]')
    .replace(
      /commands: \[build, test\]\s+within: .*\s+never: .*/,
      'commands: [build, test, clone]\n      within: ["schema:ci"]',
    );
}

function eventsOf(ndjson: string): readonly RunEvent[] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe.skipIf(!REAL_DBT)(`lineage with real dbt${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({ policy: twoSchemas });

  it('FF-A8 FF-A9 FF-A10: names what the SQL read and wrote: deferred, cloned, stored, in files', async () => {
    const state = join(scene.workspace, 'state');
    await mkdir(state);
    await writeFile(join(scene.workspace, 'models/marts/products.sql'), PRODUCTS);
    await writeFile(join(scene.workspace, 'models/marts/_files.yml'), SOURCES);
    const production = await scene.run({
      inputs: { command: 'build\ntest --select orders --store-failures' },
    });
    expect(production.exitCode, production.stdout).toBe(0);
    const id = production.outputs.get('artifact-id');
    const uploaded = [...scene.peers.artifacts.artifacts.values()].find((one) => one.id === id);
    const files = unzipSync(uploaded?.bytes ?? new Uint8Array());
    const built = eventsOf(new TextDecoder().decode(files['lineage.ndjson']));
    await writeFile(join(state, 'manifest.json'), files['dbt/1-build/manifest.json'] ?? '');
    const products = endOf(built, 'model.jaffle_shop.products');
    expect(basesOf(products)).toEqual([
      'seeds/raw_products.csv read',
      'jaffle_shop.main.stg_orders declared',
    ]);
    expect(products?.inputs[0]?.namespace).toBe('file');

    const tests = built.filter(({ job }) => job.name.includes('unique_orders'));
    const [before, after] = [tests.slice(0, 2), tests.slice(2)].map((run) => run.at(-1));
    expect(namesOf(before?.outputs)).toEqual([]);
    expect(namesOf(after?.outputs)).toEqual(['jaffle_shop.main_dbt_test__audit.unique_orders_order_id']);
    expect(basesOf(after)).toEqual(['jaffle_shop.main.orders read']);

    const command = [
      'build --select orders --exclude-resource-type unit_test --defer --state state --store-failures',
      'clone --select customers --state state',
    ];
    const [refused, allowed] = [command.join('\n'), command.join('\n').replace(' --store-failures', '')];
    const limited = await scene.run({ claims: { environment: 'analytics' }, inputs: { command: refused } });
    expect(limited.outputs.get('status')).toBe('denied');
    expect(limited.stdout).toContain('it stores its failures in schema ci_dbt_test__audit');

    const run = await scene.run({ claims: { environment: 'analytics' }, inputs: { command: allowed } });
    expect(run.exitCode, run.stdout).toBe(0);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(0);
    const events = eventsOf(artifact.files.get('lineage.ndjson') ?? '');
    expect(events.flatMap((event) => eventFaults({ ...event }))).toEqual([]);
    const orders = endOf(events, 'model.jaffle_shop.orders');
    expect(basesOf(orders)?.toSorted()).toEqual([
      // Through int_order_totals, which is ephemeral.
      'jaffle_shop.main.stg_order_items read',
      'jaffle_shop.main.stg_orders read',
      'jaffle_shop.main.stg_products read',
    ]);
    expect(namesOf(orders?.outputs)).toEqual(['jaffle_shop.ci.orders']);
    const clone = endOf(events, 'model.jaffle_shop.customers');
    expect(basesOf(clone)).toEqual(['jaffle_shop.main.customers declared']);
    expect(namesOf(clone?.outputs)).toEqual(['jaffle_shop.ci.customers']);
    expect(artifact.files.get('report.html')).toContain('<code>jaffle_shop.main.stg_orders</code>');
  });
});
