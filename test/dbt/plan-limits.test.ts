import { describe, expect, it } from 'vitest';
import type { Manifest, ManifestNode } from '../../src/dbt/artifacts.ts';
import { checkPlan } from '../../src/dbt/plan-limits.ts';
import { PassportError } from '../../src/errors.ts';
import type { DbtLimits, Selector } from '../../src/policy/policy.ts';
import { command } from '../support/dbt.ts';
import { artifacts, manifestNode, RULE } from '../support/records.ts';

const node = (id: string, tags: readonly string[], parents: readonly string[] = []): ManifestNode => ({
  ...manifestNode(id, parents),
  tags,
});
const COMMAND = command('build --select tag:x');
const NODES = [
  node('model.p.sales', ['nightly']),
  node('model.p.people', ['nightly', 'pii']),
  node('model.p.other', []),
  node('test.p.of_sales', [], ['model.p.sales']),
  node('test.p.of_both', [], ['model.p.sales', 'model.p.people']),
  node('test.p.of_other', [], ['model.p.sales', 'model.p.other']),
  node('test.p.of_nothing', []),
  node('test.p.tagged', ['nightly'], ['model.p.other']),
  node('unit_test.p.sales.u', [], ['model.p.sales']),
  node('exposure.p.dashboard', [], ['model.p.other']),
];
const manifest: Manifest = {
  ...artifacts([]).manifest,
  nodes: new Map(NODES.map((entry) => [entry.uniqueId, entry])),
};
const tags = (...values: readonly string[]): readonly Selector[] =>
  values.map((value) => ({ method: 'tag', value }));

function refusal(ids: readonly string[], change: Partial<DbtLimits>): PassportError | null {
  const plan = { commands: [{ command: COMMAND, selection: 'resolved', nodes: ids } as const], hooks: [] };
  try {
    checkPlan(plan, manifest, { ...RULE.dbt, within: [], never: [], ...change });
    return null;
  } catch (error) {
    if (error instanceof PassportError) return error;
    throw error;
  }
}
const refusedIds = (ids: readonly string[], change: Partial<DbtLimits>) =>
  ids.filter((id) => refusal([id], change)?.code === 'ERR_DBT_SELECTION_FORBIDDEN');

const ALL = NODES.map((entry) => entry.uniqueId);

/** A test of `sales` that can store its failures in the schema `audit`. */
const storing = (config: ManifestNode['config']): Manifest => {
  const test = {
    ...manifestNode('test.p.of_sales', ['model.p.sales']),
    schema: 'main_dbt_test__audit',
    config,
  };
  const sales = { ...manifestNode('model.p.sales'), tags: ['nightly'] };
  return { ...manifest, nodes: new Map([sales, test].map((entry) => [entry.uniqueId, entry])) };
};
const MAIN: Partial<DbtLimits> = { within: [{ method: 'schema', value: 'main' }] };

describe('FF-A9: a test that stores its failures writes into a schema of its own', () => {
  const refused = (config: ManifestNode['config'], limits: Partial<DbtLimits> = MAIN, text = 'test') => {
    const planned = { command: command(text), selection: 'resolved', nodes: ['test.p.of_sales'] } as const;
    const all = { ...RULE.dbt, within: [], never: [], ...limits };
    try {
      checkPlan({ commands: [planned], hooks: [] }, storing(config), all);
      return '';
    } catch (error) {
      return String(error);
    }
  };

  it.each([
    ['by its config', { store_failures: true }, 'test'],
    ['as a view', { store_failures_as: 'view' }, 'test'],
    ['by the command', { store_failures: null }, 'test --store-failures'],
  ])('%s: outside of `within: schema:main`', (_, config, text) => {
    expect(refused(config, MAIN, text)).toContain('stores its failures in schema main_dbt_test__audit');
  });

  it('is inside when it stores nothing, when its schema is named, or when the rule speaks of no place', () => {
    expect(refused({})).toBe('');
    expect(refused({ store_failures: false }, MAIN, 'test --store-failures')).toBe('');
    expect(refused({ store_failures_as: 'ephemeral', store_failures: true })).toBe('');
    const audit = [...(MAIN.within ?? []), { method: 'schema', value: 'main_dbt_test__audit' } as const];
    expect(refused({ store_failures: true }, { within: audit })).toBe('');
    expect(refused({ store_failures: true }, { within: tags('nightly') })).toBe('');
  });

  it('is refused by `never` of its schema', () => {
    const never = [{ method: 'schema', value: 'main_dbt_test__audit' } as const];
    expect(refused({ store_failures: true }, { never })).toContain(
      'matches never schema:main_dbt_test__audit',
    );
  });
});

describe('D07 checkPlan', () => {
  it('limits nothing when the rule limits nothing', () => {
    expect(refusedIds([...ALL, 'model.p.unknown'], {})).toEqual([]);
  });

  it('within: a node by itself, a test by itself or by all its parents, an exposure always', () => {
    expect(refusedIds(ALL, { within: tags('nightly') })).toEqual([
      'model.p.other',
      'test.p.of_other',
      'test.p.of_nothing',
    ]);
  });

  it('never: a node by itself, a test also by any parent; wins over within', () => {
    expect(refusedIds(ALL, { never: tags('pii') })).toEqual(['model.p.people', 'test.p.of_both']);
    expect(refusedIds(['model.p.people'], { within: tags('nightly'), never: tags('pii') })).toEqual([
      'model.p.people',
    ]);
  });

  it('a node that the manifest does not have is outside', () => {
    expect(refusedIds(['model.p.unknown'], { within: tags('nightly') })).toEqual(['model.p.unknown']);
    expect(refusedIds(['model.p.unknown'], { never: tags('pii') })).toEqual(['model.p.unknown']);
  });

  it('names each node with path, tags and the selector, and what to change', () => {
    const error = refusal(ALL, { within: tags('nightly'), never: tags('pii') });
    expect(error?.message).toContain(
      'model.p.people (models/people.sql, tags nightly pii): matches never tag:pii',
    );
    expect(error?.message).toContain(
      'test.p.of_both (tests/of_both.sql): reads model.p.people, which matches never tag:pii',
    );
    expect(error?.message).toContain('model.p.other (models/other.sql): not in within');
    expect(error?.message).toContain(COMMAND.text);
    expect(error?.hint).toMatch(/allows only tag:nightly.*never allows tag:pii.*--exclude.*dbt\.within/);
  });

  it('lists the first 20 and counts the rest; foreign names stay on their line', () => {
    const ids = Array.from({ length: 23 }, (_, index) => `model.p.x${index}\n::set-output name=a::b`);
    const message = refusal(ids, { within: tags('nightly') })?.message ?? '';
    expect(message.split('\n')).toHaveLength(22);
    expect(message).toContain('and 3 more');
    expect(message).not.toMatch(/^::/m);
  });
});
