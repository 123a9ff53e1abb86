import { describe, expect, it } from 'vitest';
import type { NodeResult } from '../../src/dbt/artifacts.ts';
import { fileDataset } from '../../src/lineage/file-dataset.ts';
import * as records from '../support/records.ts';
import { basesOf, endOf, events, namesOf, node, run } from './project.ts';

const TEST = 'test.shop.unique_orders';
const AUDIT = { database: 'jaffle', schema: 'ci_dbt_test__audit', alias: 'unique_orders' };

describe('FF-A9: the table of a test’s failures', () => {
  const written = (
    config: Readonly<Record<string, unknown>>,
    result: Partial<NodeResult> = {},
    args: Readonly<Record<string, unknown>> = {},
  ) => {
    const test = node(TEST, {
      ...AUDIT,
      config,
      relationName: '"jaffle"."ci_dbt_test__audit"."unique_orders"',
    });
    return namesOf(endOf(events([run([test], [records.nodeResult(TEST, result)], { args })]), TEST)?.outputs);
  };
  const TABLE = ['jaffle.ci_dbt_test__audit.unique_orders'];

  it.each([
    ['by its config', { store_failures: true }, {}, TABLE],
    ['as a view', { store_failures_as: 'view' }, {}, TABLE],
    ['by the command', { store_failures: null, store_failures_as: null }, { store_failures: true }, TABLE],
    ['not by the command when its config says no', { store_failures: false }, { store_failures: true }, []],
    ['not as ephemeral', { store_failures: true, store_failures_as: 'ephemeral' }, {}, []],
    ['not without either', {}, {}, []],
  ])('is an output %s', (_, config, args, expected) => {
    expect(written(config, { failures: 0 }, args)).toEqual(expected);
  });

  it.each([
    [{ status: 'failed', raw: 'fail', failures: 3 }, TABLE],
    [{ status: 'warned', raw: 'warn', failures: 1 }, TABLE],
    [{ status: 'failed', raw: 'error', failures: null }, []],
    [{ status: 'skipped', raw: 'skipped', failures: null }, []],
  ] as const)('was written by a test that was evaluated: %j', (result, expected) => {
    expect(written({ store_failures: true }, result)).toEqual(expected);
  });
});

describe('FF-A10: files', () => {
  it.each([
    ['data/a.csv', 'file', 'data/a.csv'],
    ['/data/*.parquet', 'file', '/data/*.parquet'],
    ['file:///data/a.csv', 'file', '/data/a.csv'],
    ['s3://bucket/raw/a.csv', 's3://bucket', 'raw/a.csv'],
    ['S3A://bucket/raw/a.csv?s3_region=eu&s3_secret_access_key=x', 's3://bucket', 'raw/a.csv'],
    ['s3://bucket/raw/file-?.csv', 's3://bucket', 'raw/file-?.csv'],
    ['gcs://bucket/a.csv', 'gs://bucket', 'a.csv'],
    ['abfss://box@acme.dfs.core.windows.net/a.csv', 'abfss://box@acme.dfs.core.windows.net', 'a.csv'],
    ['https://me:secret@example.com:8443/a.csv?sig=secret#x', 'https://example.com:8443', 'a.csv'],
    ['s3://bucket', 's3://bucket', '/'],
  ])('%s is %s %s', (path, namespace, name) => {
    expect(fileDataset(path)).toEqual({ namespace, name });
  });

  it('of a source are inputs, one for each file', () => {
    const csv = node('source.shop.f.a', { relationName: "'data/a.csv'" });
    const two = node('source.shop.f.b', {
      relationName: "read_parquet(['s3://lake/b.parquet', 'c.parquet'], hive = true)",
    });
    const sql = `select * from ${csv.relationName} join ${two.relationName} using (id)`;
    const model = node('model.shop.m', { dependsOn: [csv.uniqueId, two.uniqueId], compiledCode: sql });
    const end = endOf(events([run([csv, two, model], [records.nodeResult('model.shop.m')])]), 'model.shop.m');
    expect(basesOf(end)).toEqual(['data/a.csv read', 'b.parquet read', 'c.parquet read']);
    expect(end?.inputs.map(({ namespace }) => namespace)).toEqual(['file', 's3://lake', 'file']);
    expect(end?.inputs[1]?.facets?.['dataSource']).toMatchObject({ name: 's3://lake', uri: 's3://lake' });
  });

  it('of an external materialization are outputs beside its view, when the project names them', () => {
    const external = (location: string) => {
      const model = node('model.shop.m', { materialized: 'external', config: { location } });
      return namesOf(
        endOf(events([run([model], [records.nodeResult('model.shop.m')])]), 'model.shop.m')?.outputs,
      );
    };
    expect(external('s3://lake/out.parquet')).toEqual(['jaffle.main.m', 'out.parquet']);
    expect(external("{{ env_var('X') }}/out.parquet")).toEqual(['jaffle.main.m']);
  });
});
