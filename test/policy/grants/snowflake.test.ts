import { describe, expect, it } from 'vitest';
import { FULL, load, refusal } from '../fixture.ts';

const WRITTEN = {
  ...{ kind: 'snowflake', account: 'acme-prod_eu', user: 'dbt_prod', role: 'transformer' },
  ...{ warehouse: 'transforming', database: 'analytics', schema: 'marts' },
};
const AWS = '{ role_arn: arn:aws:iam::123456789012:role/dbt, region: eu-central-1 }';
const OAUTH = '{ token_url: "https://login.acme.com/oauth2/token", audience: "https://login.acme.com" }';

const policyWith = (keys: Readonly<Record<string, string | undefined>>) => {
  const text = Object.entries({ ...WRITTEN, ...keys })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
  return FULL.replace('{ kind: duckdb, path: jaffle.duckdb }', `{ ${text} }`);
};
const grantOf = async (keys: Readonly<Record<string, string>>) =>
  (await load(policyWith(keys))).policy.grants.get('warehouse');

describe('a grant for Snowflake', () => {
  it('logs in by the relay, with the audience of Snowflake and 4 threads, when nothing else is said', async () => {
    expect(await grantOf({})).toEqual({
      ...{ ...WRITTEN, threads: 4 },
      login: { route: 'relay', audience: 'snowflakecomputing.com' },
    });
  });

  it.each([
    [
      { login: 'relay', audience: 'snowflake/acme' },
      { route: 'relay', audience: 'snowflake/acme' },
    ],
    [{ login: 'token' }, { route: 'token', audience: 'snowflakecomputing.com' }],
    [
      { login: 'aws', aws: AWS },
      { route: 'aws', aws: { durationSeconds: 3600, region: 'eu-central-1' } },
    ],
    [
      { login: 'oauth', oauth: OAUTH },
      { route: 'oauth', oauth: { grantType: 'token-exchange', audience: 'https://login.acme.com' } },
    ],
  ])('logs in as written: %j', async (keys, login) => {
    expect(await grantOf(keys)).toMatchObject({ login });
  });

  it.each(['XY12345', 'xy12345.eu-central-1.aws', 'acme-prod.privatelink', 'acme-prod_eu'])(
    'has the account %s',
    async (account) => {
      expect(await grantOf({ account })).toMatchObject({ account });
    },
  );

  it.each([
    ['POLICY_MISSING_KEY', { login: 'aws' }],
    ['POLICY_MISSING_KEY', { login: 'oauth' }],
    ['POLICY_MISSING_KEY', { role: undefined }],
    ['POLICY_VALUE', { aws: AWS }],
    ['POLICY_VALUE', { login: 'token', oauth: OAUTH }],
    ['POLICY_VALUE', { login: 'aws', aws: AWS, audience: 'a' }],
    ['POLICY_VALUE', { login: 'password' }],
    ['POLICY_VALUE', { account: 'acme-prod.snowflakecomputing.com' }],
    ['POLICY_VALUE', { account: 'acme-prod.snowflakecomputing.com/x' }],
    ['POLICY_VALUE', { account: '"evil.example/acme#"' }],
    ['POLICY_VALUE', { account: '"acme@evil.example"' }],
    ['POLICY_VALUE', { user: '"dbt;drop"' }],
    ['POLICY_VALUE', { role: '\'"quoted role"\'' }],
    [
      'POLICY_VALUE',
      { login: 'oauth', oauth: OAUTH.replace('https://login.acme.com/o', 'http://login.acme.com/o') },
    ],
    ['POLICY_VALUE', { login: 'oauth', oauth: OAUTH.replace('/token', '/token?tenant=x') }],
    ['POLICY_UNKNOWN_KEY', { password: 'x' }],
    ['POLICY_UNKNOWN_KEY', { login: 'oauth', oauth: OAUTH.replace('{ ', '{ client_secret: x, ') }],
  ])('is refused with %s for %j', async (reason, keys) => {
    expect(await refusal(policyWith(keys))).toMatchObject({ code: 'ERR_POLICY_INVALID', reason });
  });
});
