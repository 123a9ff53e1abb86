import { describe, expect, it } from 'vitest';
import { requireAdapter } from '../../src/dbt/required-adapter.ts';
import { PassportError } from '../../src/errors.ts';
import type { Grant, SnowflakeGrant } from '../../src/policy/grant-types.ts';
import { GRANT } from '../credentials/snowflake/fixture.ts';

const OAUTH: SnowflakeGrant = {
  ...GRANT,
  login: { route: 'oauth', oauth: { tokenUrl: 'https://i/t', grantType: 'jwt-bearer', audience: 'a' } },
};
const DUCKDB: Grant = { kind: 'duckdb', path: 'a.duckdb', schema: 'main', threads: 1 };

const check = (grant: Grant, adapters: Record<string, string>) =>
  requireAdapter({ version: '1.11.16', adapters }, grant);

const errorOf = (grant: Grant, adapters: Record<string, string>): PassportError => {
  try {
    check(grant, adapters);
  } catch (error) {
    if (error instanceof PassportError) return error;
  }
  throw new Error('nothing was refused');
};

describe('the adapter that a grant needs', () => {
  it.each([
    [GRANT, { snowflake: '1.12.3' }],
    [GRANT, { snowflake: '1.12.0rc1', duckdb: '1.0.0' }],
    [GRANT, { snowflake: '1.20.0' }],
    [OAUTH, { snowflake: '1.9.0' }],
    [DUCKDB, { duckdb: '1.11.1' }],
  ])('is there', (grant, adapters) => {
    expect(() => check(grant, adapters)).not.toThrow();
  });

  it.each([
    ['1.11.9', 'dbt-snowflake is 1.11.9'],
    ['1.9.0', 'dbt-snowflake is 1.9.0'],
    ['', 'dbt-snowflake is of no known version'],
    ['unknown', 'dbt-snowflake is unknown'],
    ['1.1200000', 'dbt-snowflake is 1.1200000'],
  ])('is too old or cannot be read: %s', (version, found) => {
    const error = errorOf(GRANT, { snowflake: version });
    expect(error).toMatchObject({ code: 'ERR_DBT_UNAVAILABLE', reason: 'ADAPTER' });
    expect(error.message).toBe(
      `expected dbt-snowflake 1.12 or later, for a login with workload identity; ${found}`,
    );
    expect(error.hint).toContain("pip install 'dbt-snowflake>=1.12,<2'");
  });

  it('is not installed: says what is', () => {
    expect(errorOf(DUCKDB, { snowflake: '1.12.3', bigquery: '1.12.1' }).message).toBe(
      'expected dbt-duckdb 1.8 or later, for a DuckDB file; dbt-core 1.11.16 has dbt-bigquery, dbt-snowflake',
    );
    expect(errorOf(DUCKDB, {}).message).toContain('dbt-core 1.11.16 has no adapter');
  });
});
