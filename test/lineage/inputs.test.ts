import { describe, expect, it } from 'vitest';
import type { NodeResult } from '../../src/dbt/artifacts.ts';
import { readState, type StateNodes } from '../../src/dbt/state.ts';
import { lineageGraph } from '../../src/lineage/graph.ts';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import { eventFaults } from '../support/openlineage-schema.ts';
import * as records from '../support/records.ts';
import { basesOf, endOf, events, input, namesOf, node, run } from './project.ts';

const ORDERS = 'model.shop.orders';
const stg = node('model.shop.stg', { schema: 'ci', relationName: '"shop"."ci"."stg"', database: 'shop' });
const raw = node('source.shop.raw.orders', {
  identifier: 'orders',
  relationName: '"shop"."raw"."orders"',
});

/** The model `orders` over these parents, as this SQL. */
function orders(compiledCode: string, change: Parameters<typeof node>[1] = {}) {
  return node(ORDERS, { dependsOn: [stg.uniqueId, raw.uniqueId], compiledCode, ...change });
}

function stateOf(relationName: string): StateNodes {
  const state = {
    [stg.uniqueId]: {
      resource_type: 'model',
      database: 'shop',
      schema: 'main',
      alias: 'stg',
      relation_name: relationName,
    },
  };
  const nodes = readState(new TextEncoder().encode(JSON.stringify({ nodes: state })));
  if (nodes === null) throw new Error('the state is a manifest');
  return nodes;
}

function built(
  compiledCode: string,
  change: Parameters<typeof run>[2] = {},
  result: Partial<NodeResult> = {},
) {
  const runs = [run([stg, raw, orders(compiledCode)], [records.nodeResult(ORDERS, result)], change)];
  const all = events(runs);
  expect(openLineageEvents(input(runs)).flatMap(eventFaults)).toEqual([]);
  return { end: endOf(all, ORDERS), graph: lineageGraph(runs), inputs: basesOf(endOf(all, ORDERS)) };
}

const OWN = 'select * from "shop"."ci"."stg"';
const THEIRS = 'select * from "shop"."main"."stg"';
const DEFER = { args: { defer: true, state: 'state' } };

describe('an input', () => {
  it('is read when its relation stands in the SQL that ran, else declared', () => {
    const { inputs, graph } = built(`${OWN} -- join "shop"."raw"."orders"`);
    expect(inputs).toEqual(['shop.ci.stg read', 'shop.raw.orders declared']);
    expect(graph.edges).toEqual([
      [stg.uniqueId, ORDERS, 'read'],
      [raw.uniqueId, ORDERS],
    ]);
  });

  it('is declared when there is no SQL, or it did not run to its end', () => {
    const declared = ['shop.ci.stg declared', 'shop.raw.orders declared'];
    expect(built('').inputs).toEqual(declared);
    expect(built(OWN, {}, { status: 'failed', raw: 'error' }).inputs).toEqual(declared);
    expect(built(OWN, {}, { status: 'skipped', raw: 'skipped' }).inputs).toEqual(declared);
    expect(built(OWN, {}, { status: 'reused', raw: 'reused' }).inputs).toEqual(declared);
    expect(built(OWN, {}, { status: 'failed', raw: 'partial success' }).inputs?.[0]).toBe('shop.ci.stg read');
  });

  it('of a Python model is declared: what the code does with it is not known', () => {
    const refs = JSON.stringify({ stg: '"shop"."main"."stg"' });
    const python = orders(`def model(dbt, s): ...\n\ndef ref(*a):\n    refs = ${refs}\n`, {
      language: 'python',
    });
    const state = stateOf('"shop"."main"."stg"');
    const end = endOf(
      events([run([stg, raw, python], [records.nodeResult(ORDERS)], { ...DEFER, state })]),
      ORDERS,
    );
    expect(basesOf(end)).toEqual(['shop.main.stg declared', 'shop.raw.orders declared']);
  });

  it('FF-A15: is there once, when two nodes are the same table', () => {
    const seed = node('seed.shop.orders', { relationName: raw.relationName });
    const model = node(ORDERS, { dependsOn: [raw.uniqueId, seed.uniqueId] });
    const twice = endOf(events([run([raw, seed, model], [records.nodeResult(ORDERS)])]), ORDERS);
    expect(namesOf(twice?.inputs)).toEqual(['shop.raw.orders']);
  });

  it('FF-A15: keeps the assertion of the node that is tested, when two nodes are the same table', () => {
    const test = node('test.shop.t', { dependsOn: ['seed.shop.orders', raw.uniqueId] });
    const attributes = {
      name: 'unique',
      column: 'id',
      severity: 'error',
      warnIf: '',
      errorIf: '',
      kwargs: {},
    };
    const attached = { ...test, test: { ...attributes, attachedNode: 'seed.shop.orders' } };
    const seed = node('seed.shop.orders', { relationName: raw.relationName });
    const end = endOf(
      events([run([raw, seed, attached], [records.nodeResult('test.shop.t')])]),
      'test.shop.t',
    );
    expect(end?.inputs).toHaveLength(1);
    expect(end?.inputs[0]?.inputFacets).toHaveProperty('dataQualityAssertions');
  });
});

describe('FF-A8: a parent that dbt can defer', () => {
  const state = stateOf('"shop"."main"."stg"');

  it('is the relation that stands in the SQL', () => {
    const deferred = built(THEIRS, { ...DEFER, state });
    expect(deferred.inputs).toEqual(['shop.main.stg read', 'shop.raw.orders declared']);
    expect(deferred.graph.elsewhere).toEqual([{ id: stg.uniqueId, name: 'shop.main.stg' }]);
    expect(built(OWN, { ...DEFER, state }).inputs?.[0]).toBe('shop.ci.stg read');
    expect(built(OWN, { ...DEFER, state }).graph.elsewhere).toBeUndefined();
  });

  it('is not known when neither relation stands there', () => {
    const { inputs, end, graph } = built('select 1', { ...DEFER, state });
    expect(inputs).toEqual(['shop.raw.orders declared']);
    expect(end?.run.facets['dbtPassport_dbt']?.['inputsNotKnown']).toEqual([stg.uniqueId]);
    expect(graph.elsewhere).toEqual([{ id: stg.uniqueId, name: null }]);
  });

  it('without the state: is the one relation in the SQL that has its name, else not known', () => {
    expect(built(THEIRS, DEFER).inputs?.[0]).toBe('shop.main.stg read');
    expect(built(`${THEIRS}, "shop"."b"."stg"`, DEFER).inputs).toEqual(['shop.raw.orders declared']);
    expect(built('', DEFER).inputs).toEqual(['shop.raw.orders declared']);
  });

  it('is its own relation when the state has no other', () => {
    expect(built('select 1', { ...DEFER, state: new Map() }).inputs?.[0]).toBe('shop.ci.stg declared');
    expect(built('select 1', { ...DEFER, state: stateOf('"shop"."ci"."stg"') }).inputs?.[0]).toBe(
      'shop.ci.stg declared',
    );
  });

  it('says nothing of this project’s columns for another run’s table', () => {
    const { end } = built(THEIRS, { ...DEFER, state });
    expect(Object.keys(end?.inputs[0]?.facets ?? {})).toEqual(['dataSource']);
  });
});

describe('FF-A8: a clone', () => {
  const clone = (message: string, state?: StateNodes) =>
    endOf(
      events([
        run([stg], [records.nodeResult(stg.uniqueId, { message })], {
          which: 'clone',
          ...(state && { state }),
        }),
      ]),
      stg.uniqueId,
    );

  it('reads the relation of the state and writes its own', () => {
    const end = clone('CREATE VIEW', stateOf('"shop"."main"."stg"'));
    expect(basesOf(end)).toEqual(['shop.main.stg declared']);
    expect(namesOf(end?.outputs)).toEqual(['shop.ci.stg']);
  });

  it('has written nothing when dbt says so, and its source is not known without the state', () => {
    expect(clone('No-op')?.outputs).toEqual([]);
    expect(clone('CREATE VIEW')?.run.facets['dbtPassport_dbt']?.['inputsNotKnown']).toEqual([stg.uniqueId]);
  });
});
