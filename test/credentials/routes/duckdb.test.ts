import { describe, expect, it } from 'vitest';
import { duckDbPlugin } from '../../../src/credentials/aws/duckdb-plugin.ts';
import { openDuckDb } from '../../../src/credentials/routes/duckdb.ts';
import type { DuckDbGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';
import { ASSUMED, awsDesk, ROLE } from '../aws/desk.ts';

const GRANT: DuckDbGrant = { kind: 'duckdb', path: 'shop.duckdb', schema: 'main', threads: 4 };

describe('openDuckDb', () => {
  it('a file needs nothing, and nothing is issued', async () => {
    const { desk, noted } = awsDesk({});
    expect(await openDuckDb(GRANT, desk)).toEqual({ variables: new Map(), lifetimes: [] });
    expect(noted).toEqual([]);
  });

  it('S3 is reached as the role, with the plugin in a private folder', async () => {
    const { desk, files } = awsDesk({
      assumeRoleWithWebIdentity: async () => ({
        keys: { accessKeyId: 'ASIA', secretAccessKey: new Secret('s'), sessionToken: new Secret('t') },
        expiresAt: new Date('2026-11-22T09:00:00Z'),
        assumedRoleArn: ASSUMED,
        subject: '',
        requestId: '',
      }),
    });
    const s3 = { scope: 's3://b', aws: ROLE };
    const { variables, lifetimes } = await openDuckDb({ ...GRANT, s3 }, desk);
    expect(variables.get('DBT_PASSPORT_DUCKDB_PLUGINS')).toBe('/private');
    expect(variables.get('AWS_CONTAINER_CREDENTIALS_FULL_URI')).toBe('http://127.0.0.1:4711/random');
    expect(files.get('dbt_passport_s3.py')).toContain('class Plugin(BasePlugin)');
    expect(lifetimes).toMatchObject([{ seconds: 3600, renewal: 'renewed by the broker' }]);
  });
});

describe('duckDbPlugin', () => {
  it.each([
    [3600, 60],
    [480, 60],
    [80, 10],
    [8, 1],
    [1, 1],
  ])('a session of %i s is taken anew after %i s', (life, seconds) => {
    expect(duckDbPlugin(life)).toContain(`self.renewed < ${seconds}:`);
  });
});
