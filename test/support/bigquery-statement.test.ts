import { describe, expect, it } from 'vitest';
import { newSchema, statementOf } from './bigquery-statement.ts';

describe('the statements that dbt writes', () => {
  const table = { projectId: 'acme-analytics', datasetId: 'shop', tableId: 'orders' };
  it.each([
    ['/* {"app": "dbt"} */\n  select 1', { type: 'SELECT' }],
    ['with a as (select 1) select * from a', { type: 'SELECT' }],
    ['create or replace view `acme-analytics`.`shop`.`v` as select 1', { type: 'CREATE_VIEW' }],
    [
      '-- note\ncreate or replace table `acme-analytics`.`shop`.`orders`\n OPTIONS() as (select 1)',
      { type: 'CREATE_TABLE_AS_SELECT', table },
    ],
    ['create table acme-analytics.shop.orders (a int64)', { type: 'CREATE_TABLE', table }],
    ['create schema if not exists `acme-analytics`.`shop`', { type: 'CREATE_SCHEMA' }],
    ['merge into `a`.`b`.`c` as t using (select 1)', { type: 'MERGE' }],
    ['drop table if exists `a`.`b`.`c`', { type: 'DROP_TABLE' }],
  ])('%s', (sql, expected) => {
    expect(statementOf(sql)).toEqual(expected);
  });

  it('a new dataset is known by its name', () => {
    expect(newSchema('create schema if not exists `acme-analytics`.`shop`')).toEqual({
      ...{ projectId: 'acme-analytics', datasetId: 'shop' },
    });
    expect(newSchema('create table `a`.`b`.`c` as select 1')).toBeUndefined();
  });
});
