import { expect, it } from 'vitest';
import { valuesOf } from '../../../src/policy/trust/clauses.ts';
import { snowflakeTrust } from '../../../src/policy/trust/snowflake.ts';
import { type GrantName, ofKind, scopeOf } from './scope.ts';

it.each([
  ['snowflake', ['iss', 'aud', 'sub'], 'dbt-prod.acme'],
  ['snowflakeOauth', [], 'api://AzureADTokenExchange'],
  ['snowflakeAws', [], ''],
] as const)(
  'of %s Snowflake checks %j, for the audience of the login',
  async (name: GrantName, claims, audience) => {
    const scope = await scopeOf(name);
    const { checked, unchecked } = snowflakeTrust(scope, ofKind(scope, 'snowflake'));
    expect(checked.map(({ claim }) => claim)).toEqual(claims);
    expect(valuesOf([...checked, ...unchecked], 'aud')).toEqual([audience]);
  },
);

it('has a user and a role for a login that another system decides, and nothing without a closed list of subjects', async () => {
  const oauth = await scopeOf('snowflakeOauth');
  expect(snowflakeTrust(oauth, ofKind(oauth, 'snowflake')).statement.split('\n')).toEqual([
    'CREATE USER IF NOT EXISTS DBT_PROD TYPE=SERVICE DEFAULT_ROLE=DBT_PROD DEFAULT_SECONDARY_ROLES=();',
    'GRANT ROLE DBT_PROD TO USER DBT_PROD;',
  ]);
  const open = await scopeOf('snowflake', ['sub_template: immutable', 'sub_template: [repo, workflow]']);
  expect(snowflakeTrust(open, ofKind(open, 'snowflake')).statement).toBe('');
});
