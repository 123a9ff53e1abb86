import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { forFakesnow } from './fakesnow-statements.ts';

const body = (sqlText: string) => Buffer.from(JSON.stringify({ sqlText, sequenceId: 1 }));
const TEMPORARY = 'create or replace temporary table analytics.shop.x__dbt_tmp as (select 1)';
const PLAIN = 'create or replace table analytics.shop.x__dbt_tmp as (select 1)';

describe('statements for fakesnow', () => {
  it('a temporary table or view becomes a plain one, zipped or not', () => {
    expect(forFakesnow(body('create or replace  temporary view a.b.c as x'), undefined)).toEqual(
      body('create or replace  view a.b.c as x'),
    );
    expect(forFakesnow(body(TEMPORARY), undefined)).toEqual(body(PLAIN));
    expect(gunzipSync(forFakesnow(gzipSync(body(TEMPORARY)), 'gzip'))).toEqual(body(PLAIN));
  });

  it('anything else stays as it came, to the byte', () => {
    for (const sql of [PLAIN, 'select temporary from table_of_x', 'create temporary stage s']) {
      const zipped = gzipSync(body(sql));
      expect(forFakesnow(zipped, 'gzip')).toBe(zipped);
    }
  });
});
