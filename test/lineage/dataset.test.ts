import { describe, expect, it } from 'vitest';
import { datasetFacets, datasetOf } from '../../src/lineage/dataset.ts';
import { datasetNamespace, namespaceUri } from '../../src/lineage/namespace.ts';
import { outputStatistics } from '../../src/lineage/statistics.ts';
import * as records from '../support/records.ts';
import { node } from './project.ts';

const PRODUCER = 'https://example.com/producer';
const warehouse = { producer: PRODUCER, namespace: 'duckdb://shop.duckdb', catalog: null };
const column = (name: string) => ({ name, type: 'INTEGER', description: '' });

describe('datasetOf', () => {
  it.each([
    ['the alias', node('model.shop.orders', { alias: 'orders_v2' }), 'jaffle.main.orders_v2'],
    [
      'a source’s identifier',
      node('source.shop.raw.orders', { identifier: 'ORDERS_RAW' }),
      'jaffle.main.ORDERS_RAW',
    ],
    ['no database', node('model.shop.orders', { database: '' }), 'main.orders'],
    ['no alias', node('model.shop.orders', { alias: '' }), 'jaffle.main.orders'],
  ])('is named with %s', (_, one, name) => {
    expect(datasetOf(one, warehouse)).toEqual({ namespace: 'duckdb://shop.duckdb', name });
  });
});

describe('datasetFacets', () => {
  const full = node('model.shop.orders', {
    columns: [column('from_manifest')],
    description: 'All orders.',
    meta: { owner: ['ann', 7, 'bob'] },
    tags: ['pii'],
  });

  it('has columns, description, owners and tags of the manifest', () => {
    expect(datasetFacets(full, warehouse)).toMatchObject({
      dataSource: { name: 'duckdb://shop.duckdb', uri: 'duckdb://shop.duckdb' },
      documentation: { description: 'All orders.' },
      schema: { fields: [{ name: 'from_manifest', type: 'INTEGER' }] },
      ownership: { owners: [{ name: 'ann' }, { name: 'bob' }] },
      tags: { tags: [{ key: 'pii', value: 'true', source: 'DBT' }] },
    });
  });

  it('prefers the columns of the catalog', () => {
    const table = { uniqueId: full.uniqueId, columns: [column('real')], stats: new Map() };
    const catalog = { invocationId: '', tables: new Map([[full.uniqueId, table]]) };
    expect(datasetFacets(full, { ...warehouse, catalog })).toMatchObject({
      schema: { fields: [{ name: 'real' }] },
    });
  });

  it('says nothing of what it does not know', () => {
    expect(Object.keys(datasetFacets(node('seed.shop.raw'), warehouse))).toEqual(['dataSource']);
  });
});

describe('datasetNamespace', () => {
  const grants = (path: string) => new Map([['local', { ...records.GRANT, path }]]);

  it.each([
    ['duckdb', './data/shop.duckdb', 'duckdb://data/shop.duckdb', 'duckdb://data/shop.duckdb'],
    ['duckdb', '/data/shop.duckdb', 'duckdb:///data/shop.duckdb', 'duckdb:///data/shop.duckdb'],
    ['duckdb', ':memory:', 'duckdb://:memory:', undefined],
    ['duckdb', 'a b.duckdb', 'duckdb://a b.duckdb', undefined],
    ['bigquery', 'x', 'bigquery', undefined],
    ['', 'x', 'unknown', undefined],
  ])('of %s with a grant for %s', (adapter, path, namespace, uri) => {
    expect(datasetNamespace(adapter, grants(path))).toBe(namespace);
    expect(namespaceUri(namespace)).toBe(uri);
  });
});

describe('outputStatistics', () => {
  const table = {
    uniqueId: '',
    columns: [],
    stats: new Map([
      ['num_rows', 40],
      ['num_bytes', 4096],
    ]),
  };
  const of = (materialized: string, response: Readonly<Record<string, unknown>>, known = true) => {
    const one = node('model.shop.orders', { materialized });
    const result = records.nodeResult(one.uniqueId, { adapterResponse: response });
    return outputStatistics(PRODUCER, one, result, known ? table : undefined)['outputStatistics'];
  };

  it('counts the rows that the adapter says were written, and fills in the catalog for whole tables only', () => {
    expect(of('incremental', { rows_affected: 3 })).toMatchObject({ rowCount: 3 });
    expect(of('incremental', { rows_affected: 3 })).not.toHaveProperty('size');
    expect(of('table', { rows_affected: 3 })).toMatchObject({ rowCount: 3, size: 4096 });
    expect(of('table', {})).toMatchObject({ rowCount: 40, size: 4096 });
  });

  it('says nothing for a zero, an odd value, or bytes that were only read', () => {
    for (const response of [{}, { rows_affected: 0 }, { rows_affected: '3' }, { bytes_processed: 10 }]) {
      expect(of('table', response, false)).toBeUndefined();
    }
  });
});
