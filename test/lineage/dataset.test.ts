import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/dbt/read-artifacts.ts';
import { datasetFacets } from '../../src/lineage/dataset.ts';
import { datasetNamespace, namespaceUri } from '../../src/lineage/namespace.ts';
import { outputStatistics } from '../../src/lineage/statistics.ts';
import type { Grant } from '../../src/policy/grant-types.ts';
import * as records from '../support/records.ts';
import { node } from './project.ts';

const PRODUCER = 'https://example.com/producer';
const warehouse = { producer: PRODUCER, namespace: 'duckdb://shop.duckdb', catalog: null };
const column = (name: string) => ({ name, type: 'INTEGER', description: '' });

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

  it('FF-A13: has types and order of the catalog with descriptions of the manifest, by the name in any case', () => {
    const described = node('model.shop.orders', {
      columns: [
        { name: 'id', type: '', description: 'The key.' },
        { name: 'gone', type: 'TEXT', description: 'No column of the table.' },
      ],
    });
    const columns = {
      TOTAL: { name: 'TOTAL', type: 'NUMBER', index: 2, comment: 'In cents.' },
      ID: { name: 'ID', type: 'TEXT', index: 1, comment: null },
    };
    const json = JSON.stringify({ nodes: { [described.uniqueId]: { columns } } });
    const catalog = readCatalog(new TextEncoder().encode(json));
    expect(datasetFacets(described, { ...warehouse, catalog })['schema']).toMatchObject({
      fields: [
        { name: 'ID', type: 'TEXT', description: 'The key.' },
        { name: 'TOTAL', type: 'NUMBER', description: 'In cents.' },
      ],
    });
  });

  it('FF-A13: keeps columns apart whose names differ in case only', () => {
    const columns = [{ name: 'id', type: '', description: 'The small one.' }];
    const quoted = node('model.shop.orders', { columns });
    const table = { uniqueId: quoted.uniqueId, columns: [column('ID'), column('id')], stats: new Map() };
    const catalog = { invocationId: '', tables: new Map([[quoted.uniqueId, table]]) };
    expect(datasetFacets(quoted, { ...warehouse, catalog })['schema']).toHaveProperty('fields', [
      { name: 'ID', type: 'INTEGER' },
      { name: 'id', type: 'INTEGER', description: 'The small one.' },
    ]);
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

describe('datasetNamespace by the naming specification', () => {
  const of = (kind: string, change: Readonly<Record<string, unknown>>) =>
    datasetNamespace(kind, new Map([['it', { kind, ...change } as unknown as Grant]]));
  const aws = { region: 'eu-central-1' };

  it.each([
    ['snowflake', { account: 'acme-analytics' }, 'snowflake://acme-analytics'],
    ['snowflake', { account: 'xy12345' }, 'snowflake://xy12345.us-west-1.aws'],
    ['snowflake', { account: 'xy12345.eu-central-1' }, 'snowflake://xy12345.eu-central-1.aws'],
    ['snowflake', { account: 'xy12345.west-europe.azure' }, 'snowflake://xy12345.west-europe.azure'],
    ['snowflake', { account: 'xy1.fhplus.us-gov-west-1.aws' }, 'snowflake://xy1.fhplus.us-gov-west-1.aws'],
    ['bigquery', { project: 'p' }, 'bigquery'],
    ['athena', { aws }, 'awsathena://athena.eu-central-1.amazonaws.com'],
    ['postgres', { host: 'db.example.com', port: 5432 }, 'postgres://db.example.com:5432'],
    ['redshift', { host: 'dw.example.com', port: 5439 }, 'redshift://dw.example.com:5439'],
    [
      'redshift',
      { host: 'sales.abc123.eu-west-1.redshift.amazonaws.com', port: 5439 },
      'redshift://sales.eu-west-1:5439',
    ],
    [
      'redshift',
      { host: 'wg.123456789012.us-east-1.redshift-serverless.amazonaws.com', port: 5440 },
      'redshift://wg.us-east-1:5440',
    ],
    ['databricks', { host: 'dbc-1.cloud.databricks.com' }, 'databricks://dbc-1.cloud.databricks.com'],
  ])('FF-A12: %s %j is %s', (kind, change, namespace) => {
    expect(of(kind, change)).toBe(namespace);
    expect(namespaceUri(namespace) ?? 'bigquery').toBe(namespace);
  });
});

describe('outputStatistics', () => {
  const table = (stats: Readonly<Record<string, number>>) => ({
    uniqueId: '',
    columns: [],
    stats: new Map(Object.entries(stats)),
  });
  const TOTALS = table({ num_rows: 40, num_bytes: 4096 });
  const of = (
    materialized: string,
    adapterResponse: Readonly<Record<string, unknown>>,
    adapterType = 'postgres',
    catalogued?: ReturnType<typeof table>,
  ) => {
    const one = node('model.shop.orders', { materialized });
    const result = records.nodeResult(one.uniqueId, { adapterResponse });
    const scope = { producer: PRODUCER, adapterType };
    return outputStatistics(scope, one, result, catalogued)['outputStatistics'];
  };

  it('counts the rows that the adapter says were written, and fills in the catalog for whole tables only', () => {
    expect(of('incremental', { rows_affected: 3 }, 'postgres', TOTALS)).toMatchObject({ rowCount: 3 });
    expect(of('incremental', { rows_affected: 3 }, 'postgres', TOTALS)).not.toHaveProperty('size');
    expect(of('table', { rows_affected: 3 }, 'bigquery', TOTALS)).toMatchObject({ rowCount: 3, size: 4096 });
    expect(of('table', {}, 'duckdb', TOTALS)).toMatchObject({ rowCount: 40, size: 4096 });
    expect(of('seed', { rows_affected: 5 }, 'duckdb')).toMatchObject({ rowCount: 5 });
  });

  it('FF-A15b: has rows and bytes of Redshift’s catalog as they stand there', () => {
    const redshift = of('table', {}, 'redshift', table({ rows: 1200, size: 7_000_000 }));
    expect(redshift).toMatchObject({ rowCount: 1200, size: 7_000_000 });
  });

  it('FF-A15b: takes no number whose meaning is not known', () => {
    // dbt-snowflake: 2 for a MERGE of 2 + 3 rows, 1 for a view and for an empty table.
    expect(of('incremental', { rows_affected: 2 }, 'snowflake')).toBeUndefined();
    expect(of('view', { rows_affected: 1 }, 'snowflake')).toBeUndefined();
    expect(of('table', { rows_affected: 1 }, 'an-adapter')).toBeUndefined();
    expect(of('snapshot', { rows_affected: 1 }, 'postgres')).toBeUndefined();
    const merged = { rows_affected: 2, rows_inserted: 3, rows_updated: 2 };
    expect(of('incremental', merged, 'snowflake')).toMatchObject({ rowCount: 5 });
  });

  it('says nothing for a zero, an odd value, or bytes that were only read', () => {
    for (const response of [{}, { rows_affected: 0 }, { rows_affected: '3' }, { bytes_processed: 10 }]) {
      expect(of('table', response)).toBeUndefined();
    }
  });
});
