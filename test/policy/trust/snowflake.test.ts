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
