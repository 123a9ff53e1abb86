import { describe, expect, it } from 'vitest';
import type { SnowflakeIdentity } from '../../../src/credentials/clouds.ts';
import { accountOrigin } from '../../../src/credentials/snowflake/account.ts';
import { checkIdentity } from '../../../src/credentials/snowflake/identity.ts';
import { PassportError } from '../../../src/errors.ts';
import { GRANT, IDENTITY } from './fixture.ts';

const errorOf = (change: Partial<SnowflakeIdentity>, account = GRANT.account): PassportError => {
  try {
    checkIdentity({ ...GRANT, account }, { ...IDENTITY, ...change });
  } catch (error) {
    if (error instanceof PassportError) return error;
  }
  throw new Error('nothing was refused');
};

describe('the identity of a Snowflake session', () => {
  it.each([
    'acme-prod_eu',
    'ACME-PROD-EU',
    'acme-prod-eu.privatelink',
    'xy12345',
    'XY12345.eu-central-1.aws',
  ])('is the grant whose account is written %s', (account) => {
    expect(() => checkIdentity({ ...GRANT, account }, IDENTITY)).not.toThrow();
  });

  it('may have its secondary roles switched off by NONE', () => {
    expect(() =>
      checkIdentity(GRANT, { ...IDENTITY, secondaryRoles: '{"roles":"","value":"NONE"}' }),
    ).not.toThrow();
  });

  it.each([
    [
      { accountName: 'ACME-DEV', account: 'AB1' },
      /account acme-prod_eu expected, got ACME-DEV \(AB1\)/,
      /account/,
    ],
    [{ user: 'DBT_DEV' }, /user dbt_prod expected, got DBT_DEV/, /WORKLOAD_IDENTITY/],
    [{ user: 'dbt_prod' }, /user dbt_prod expected, got dbt_prod/, /WORKLOAD_IDENTITY/],
    [{ role: 'ACCOUNTADMIN' }, /role transformer expected, got ACCOUNTADMIN/, /GRANT ROLE transformer/],
    [{ role: '' }, /role transformer expected, got none/, /GRANT ROLE transformer/],
    [
      { secondaryRoles: '{"roles":"A","value":"ALL"}' },
      /got \{"roles":"A"/,
      /DEFAULT_SECONDARY_ROLES = \(\)/,
    ],
    [
      { secondaryRoles: '{"roles":"","value":"ALL"}' },
      /no secondary roles/,
      /DEFAULT_SECONDARY_ROLES = \(\)/,
    ],
    [{ secondaryRoles: 'ALL' }, /no secondary roles/, /ALTER USER dbt_prod/],
    [{ secondaryRoles: 'null' }, /no secondary roles/, /ALTER USER dbt_prod/],
  ])('refuses %j and says what to change', (change, message, hint) => {
    const error = errorOf(change);
    expect(error.code).toBe('ERR_CREDENTIAL_MISMATCH');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('names all differences at once', () => {
    expect(errorOf({ user: 'A', role: 'B' }).message).toMatch(/user .*; role /);
  });

  it('does not take a locator for the beginning of another', () => {
    expect(errorOf({}, 'xy123456').message).toMatch(/account/);
    expect(errorOf({ accountName: '', account: '' }, 'acme-prod').message).toMatch(/got no name/);
  });
});

describe('the address of an account', () => {
  it.each([
    ['acme-prod_eu', 'https://acme-prod-eu.snowflakecomputing.com'],
    ['XY12345.eu-central-1', 'https://xy12345.eu-central-1.snowflakecomputing.com'],
    ['xy12345.cn-northwest-1.aws', 'https://xy12345.cn-northwest-1.aws.snowflakecomputing.cn'],
  ])('of %s is %s', (account, origin) => {
    expect(accountOrigin(account, {})).toBe(origin);
    expect(accountOrigin(account, { snowflake: 'http://127.0.0.1:9' })).toBe('http://127.0.0.1:9');
  });
});
