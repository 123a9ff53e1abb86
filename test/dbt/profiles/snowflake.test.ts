import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryTag } from '../../../src/dbt/profiles/query-tag.ts';
import { snowflakeOutput } from '../../../src/dbt/profiles/snowflake.ts';
import type { SnowflakeLogin } from '../../../src/policy/grant-types.ts';
import { GRANT } from '../../credentials/snowflake/fixture.ts';

const output = (login: SnowflakeLogin, snowflake?: string) =>
  snowflakeOutput(
    { ...GRANT, login },
    {
      ...{ projectDir: '/p', credentials: 'federated', stamps: { DBT_ENV_CUSTOM_ENV_RUN_ID: '17' } },
      endpoints: snowflake === undefined ? {} : { snowflake },
    },
  );
const TOKEN = { envVar: 'DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_TOKEN', whilePlanning: 'none-while-planning' };
const AWS = {
  ...{ roleArn: 'arn:aws:iam::123456789012:role/r', region: 'eu-central-1', audience: 'a' },
  ...{ durationSeconds: 3600, allow: [], policyArns: [] },
};
const OAUTH = { tokenUrl: 'https://i/t', grantType: 'jwt-bearer' as const, audience: 'a' };

describe('the profile of Snowflake', () => {
  it('names account, user, role, warehouse and the stamps', () => {
    expect(output({ route: 'token', audience: 'a' })).toMatchObject({
      ...{ type: 'snowflake', account: 'acme-prod_eu', user: 'dbt_prod', role: 'transformer' },
      ...{ warehouse: 'transforming', database: 'analytics', schema: 'jaffle_shop' },
      ...{ query_tag: '{"run_id":"17"}', client_session_keep_alive: true, reuse_connections: true },
    });
  });

  it.each([
    [{ route: 'relay', audience: 'a' }, 'workload_identity', 'OIDC', TOKEN],
    [{ route: 'token', audience: 'a' }, 'workload_identity', 'OIDC', TOKEN],
    [{ route: 'aws', aws: AWS }, 'workload_identity', 'AWS', undefined],
    [{ route: 'oauth', oauth: OAUTH }, 'oauth', undefined, TOKEN],
  ] satisfies [SnowflakeLogin, string, string | undefined, unknown][])(
    'logs in by %j',
    (login, authenticator, provider, token) => {
      const { workload_identity_provider, ...rest } = output(login);
      expect(rest).toMatchObject({ authenticator, ...(token === undefined ? {} : { token }) });
      expect(workload_identity_provider).toBe(provider);
      expect('token' in rest).toBe(token !== undefined);
    },
  );

  it('goes to the relay, to the account itself, or to a service in its place', () => {
    const port = { envVar: 'DBT_PASSPORT_SNOWFLAKE_PORT', whilePlanning: '443', number: true };
    expect(output({ route: 'relay', audience: 'a' })).toMatchObject({
      host: '127.0.0.1',
      protocol: 'http',
      port,
    });
    expect(output({ route: 'token', audience: 'a' })).not.toHaveProperty('host');
    expect(output({ route: 'aws', aws: AWS }, 'http://127.0.0.1:4711')).toMatchObject({ port: 4711 });
  });
});

describe('a query tag', () => {
  it('leaves whole entries out, the longest first, and is JSON whatever the stamps are', () => {
    const long = { A: 'a'.repeat(1500), B: 'b'.repeat(1200), C: 'short' };
    expect(queryTag(long)).toBe(JSON.stringify({ b: long.B, c: 'short' }));
    expect(queryTag({ A: 'a'.repeat(5000) })).toBe('{}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ maxLength: 900 })), (stamps) => {
        const tag = queryTag(stamps);
        expect(tag.length).toBeLessThanOrEqual(2000);
        expect(JSON.parse(tag)).toBeTypeOf('object');
      }),
    );
  });
});
