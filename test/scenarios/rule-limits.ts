import type { Manifest } from '../../src/dbt/artifacts.ts';
import { checkPlan } from '../../src/dbt/plan-limits.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { command } from '../support/dbt.ts';

/** Limits of a rule, models of the example that are planned, and those of them that are outside. */
export const LIMITS: readonly (readonly [limits: string, models: string, refused: string])[] = [
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

/** The models that a rule with these limits refuses to plan; empty when it takes all of them. */
export async function outside(
  limits: string,
  models: string,
  { example, manifest }: { readonly example: string; readonly manifest: Manifest },
): Promise<string> {
  const text = example.replace('target: production', `target: production\n      ${limits}`);
  const [rule] = (await loadPolicy(Buffer.from(text), 'policy.yml')).policy.rules;
  if (rule === undefined) throw new Error('the example has no rule');
  const nodes = models.split(' ').map((name) => `model.jaffle_shop.${name}`);
  const planned = { command: command('build'), selection: 'resolved', nodes } as const;
  try {
    checkPlan({ commands: [planned], hooks: [] }, manifest, rule.dbt);
    return '';
  } catch (error) {
    return (String(error).match(/(?<=^ {2}model\.jaffle_shop\.)\w+/gm) ?? []).join(' ');
  }
}
