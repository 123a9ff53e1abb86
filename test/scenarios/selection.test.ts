import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../src/dbt/plan-limits.ts';
import { readManifest } from '../../src/dbt/read-artifacts.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { command } from '../support/dbt.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

/** Limits of a rule, models that are planned, and those of them that are outside. */
const CASES: readonly (readonly [limits: string, models: string, refused: string])[] = [
  ['within: ["group:sales"]', 'orders daily_sales', ''],
  ['within: ["group:sales"]', 'orders int_order_totals', 'int_order_totals'],
  ['never: ["group:sales"]', 'int_order_totals', ''],
  ['never: ["group:sales"]', 'int_order_totals orders', 'orders'],
  ['within: ["access:public"]', 'daily_sales', ''],
  ['within: ["access:public"]', 'daily_sales orders', 'orders'],
  ['never: ["access:protected"]', 'daily_sales orders', 'orders'],
  ['within: ["schema:main"]', 'orders', ''],
  ['within: ["schema:main"]', 'orders stg_orders', 'stg_orders'],
  ['never: ["schema:main_staged"]', 'stg_orders orders', 'stg_orders'],
  ['within: ["database:jaffle_shop"]', 'orders stg_orders', ''],
  ['within: ["database:other"]', 'orders', 'orders'],
  ['within: ["package:jaffle_shop"]', 'orders', ''],
  ['never: ["package:jaffle_shop"]', 'orders', 'orders'],
  ['within: ["tag:nightly"]', 'orders customers', 'customers'],
  ['within: ["path:models/marts"]', 'orders stg_orders', 'stg_orders'],
  ['never: ["path:models/marts/orders.sql"]', 'orders customers', 'orders'],
  ['within: ["group:sales", "schema:main_staged"]', 'orders stg_orders int_order_totals', 'int_order_totals'],
];

/** The models that the error names; empty when there is none. */
function refusal(check: () => void): string {
  try {
    check();
    return '';
  } catch (error) {
    return (String(error).match(/(?<=^ {2}model\.jaffle_shop\.)\w+/gm) ?? []).join(' ');
  }
}

describe.skipIf(!REAL_DBT)(`selection by a rule${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage();

  it('goes by what dbt itself writes of group, access, schema, database, package, tag and path', async () => {
    const change = async (path: string, from: RegExp | string, to: string) => {
      const file = join(scene.workspace, path);
      await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
    };
    await change('models/marts/_marts.yml', /(name: daily_sales\n.*\n {4}config: \{ )/, '$1access: public, ');
    await change('dbt_project.yml', '+materialized: view', '+materialized: view\n      +schema: staged');
    const run = await scene.run();
    expect(run.exitCode, run.stdout).toBe(0);
    const { files } = await verifyArtifact(scene.peers, run);
    const bytes = (text: string) => new TextEncoder().encode(text);
    const manifest = readManifest(bytes(files.get('dbt/1-build/manifest.json') ?? ''));
    const example = await readFile(join(scene.workspace, 'policy.yml'), 'utf8');
    for (const [limits, models, refused] of CASES) {
      const text = example.replace('target: production', `target: production\n      ${limits}`);
      const [rule] = (await loadPolicy(bytes(text), 'policy.yml')).policy.rules;
      if (rule === undefined) throw new Error('the example has no rule');
      const nodes = models.split(' ').map((name) => `model.jaffle_shop.${name}`);
      const plan = {
        commands: [{ command: command('build'), selection: 'resolved', nodes } as const],
        hooks: [],
      };
      const told = refusal(() => checkPlan(plan, manifest, rule.dbt));
      expect([limits, models, told]).toEqual([limits, models, refused]);
    }
  });
});
