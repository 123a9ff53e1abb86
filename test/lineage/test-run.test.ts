import { describe, expect, it } from 'vitest';
import type { NodeResult } from '../../src/dbt/artifacts.ts';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import { eventFaults } from '../support/openlineage-schema.ts';
import * as records from '../support/records.ts';
import { endOf, events, input, namesOf, node, run } from './project.ts';

const UNIQUE = 'test.shop.unique_orders';
const RELATION = 'test.shop.orders_have_customers';
const attributes = { name: 'unique', column: 'id', severity: 'ERROR', warnIf: '!= 0', errorIf: '!= 0' };
const orders = node('model.shop.orders');
const customers = node('model.shop.customers');
const unique = node(UNIQUE, {
  dependsOn: ['model.shop.orders'],
  compiledCode: 'select id',
  test: { ...attributes, attachedNode: 'model.shop.orders', kwargs: { model: 'x', column_name: 'id' } },
});
const relation = node(RELATION, {
  dependsOn: ['model.shop.customers', 'model.shop.orders'],
  test: { ...attributes, name: 'relationships', attachedNode: 'model.shop.orders', kwargs: {} },
});
const project = [orders, customers, unique, relation];
const result = records.nodeResult;

function assertionsOf(change: Partial<NodeResult>, test = unique) {
  const end = endOf(events([run([orders, test], [result(UNIQUE, change)])]), UNIQUE);
  return end?.inputs[0]?.inputFacets?.['dataQualityAssertions']?.['assertions'];
}

describe('the run of a test', () => {
  it('reads all its parents and asserts on the tested one', () => {
    const end = endOf(events([run(project, [result(RELATION)])]), RELATION);
    expect(namesOf(end?.inputs)).toEqual(['jaffle.main.customers', 'jaffle.main.orders']);
    expect(end?.inputs.map((dataset) => 'dataQualityAssertions' in (dataset.inputFacets ?? {}))).toEqual([
      false,
      true,
    ]);
    expect(end?.outputs).toEqual([]);
    expect(end?.job.facets['jobType']).toMatchObject({ jobType: 'TEST' });
  });

  it.each([
    ['pass', { status: 'success', failures: 0 }, 'COMPLETE', { success: true, actual: '0', expected: '0' }],
    ['fail', { status: 'failed', failures: 3 }, 'FAIL', { success: false, actual: '3', expected: '0' }],
    ['warn', { status: 'warned', failures: 2 }, 'COMPLETE', { success: false, actual: '2', expected: '0' }],
    ['error', { status: 'failed', failures: null }, 'FAIL', { success: false }],
    ['reused', { status: 'reused', failures: 0 }, 'COMPLETE', { success: true, actual: '0', expected: '0' }],
  ] as const)('%s', (raw, change, eventType, expected) => {
    const all = events([run([orders, unique], [result(UNIQUE, { raw, ...change })])]);
    expect(endOf(all, UNIQUE)?.eventType).toBe(eventType);
    expect(assertionsOf({ raw, ...change })).toEqual([
      { assertion: 'unique', name: 'unique_orders', column: 'id', severity: 'error', ...expected },
    ]);
  });

  it('FF-A23 a test whose result dbt reused has passed', () => {
    const reused = { status: 'reused', raw: 'reused', failures: 0 } as const;
    expect(assertionsOf(reused)).toMatchObject([{ success: true }]);
    const end = endOf(events([run([orders, unique], [result(UNIQUE, reused)])]), UNIQUE);
    expect(end?.run.facets['test']?.['tests']).toMatchObject([{ status: 'pass' }]);
  });

  it('asserts nothing when it was skipped', () => {
    expect(assertionsOf({ status: 'skipped', raw: 'skipped', failures: null })).toBeUndefined();
  });

  it('gives the threshold that dbt judged by', () => {
    const lenient = {
      ...unique,
      test: { ...attributes, attachedNode: '', kwargs: {}, warnIf: '> 5', errorIf: '> 10' },
    };
    expect(assertionsOf({ status: 'warned', failures: 7 }, lenient)).toMatchObject([{ expected: '> 5' }]);
    expect(assertionsOf({ status: 'failed', failures: 11 }, lenient)).toMatchObject([{ expected: '> 10' }]);
  });

  it('has the SQL and parameters in the test facet, without the model argument', () => {
    const end = endOf(events([run(project, [result(UNIQUE)])]), UNIQUE);
    expect(end?.run.facets['test']?.['tests']).toEqual([
      {
        name: UNIQUE,
        status: 'pass',
        severity: 'error',
        type: 'unique',
        actual: '0',
        expected: '0',
        content: 'select id',
        contentType: 'sql',
        params: { column_name: 'id' },
      },
    ]);
  });

  it('asserts on no dataset when the tested model is ephemeral, and reads what that reads', () => {
    const glue = node('model.shop.glue', { materialized: 'ephemeral', dependsOn: ['model.shop.customers'] });
    const onGlue = { ...unique, dependsOn: ['model.shop.glue'] };
    const attached = { ...onGlue, test: { ...attributes, attachedNode: 'model.shop.glue', kwargs: {} } };
    const end = endOf(events([run([glue, customers, attached], [result(UNIQUE)])]), UNIQUE);
    expect(namesOf(end?.inputs)).toEqual(['jaffle.main.customers']);
    expect(end?.inputs[0]?.inputFacets).not.toHaveProperty('dataQualityAssertions');
  });

  it('of a unit test reads nothing', () => {
    const unit = node('unit_test.shop.orders.adds', { dependsOn: ['model.shop.orders'] });
    const runs = [
      run([orders, unit], [result(unit.uniqueId, { status: 'failed', raw: 'fail', message: 'differs' })]),
    ];
    const end = endOf(events(runs), unit.uniqueId);
    expect(end).toMatchObject({ eventType: 'FAIL', inputs: [], outputs: [] });
    expect(end?.run.facets['errorMessage']).toMatchObject({ message: 'differs' });
    expect(openLineageEvents(input(runs)).flatMap(eventFaults)).toEqual([]);
  });
});
