import { describe, expect, it } from 'vitest';
import type { TrustClause } from '../../../src/policy/trust/model.ts';
import { addIdentity, snowflakeIdentities } from '../../../src/policy/trust/snowflake-identities.ts';
import { type GrantName, ofKind, scopeOf } from './scope.ts';

const CHECKED: readonly TrustClause[] = [
  { claim: 'iss', kind: 'values', values: ['https://i'] },
  { claim: 'aud', kind: 'values', values: ['a'] },
  { claim: 'sub', kind: 'values', values: ["it's"] },
];
const TWO = CHECKED.map((clause) => (clause.claim === 'sub' ? { ...clause, values: ['x', 'y'] } : clause));

async function identities(grant: GrantName, checked = CHECKED, id = 'prod', change?: [string, string]) {
  const scope = await scopeOf(grant, ...(change ? [change] : []));
  return snowflakeIdentities(ofKind(scope, 'snowflake'), { id }, checked);
}

describe('the workload identities of a rule', () => {
  it('have issuer, subject and the audience of the grant', async () => {
    expect(await identities('snowflake')).toEqual([
      {
        name: 'prod',
        definition:
          "TYPE=OIDC\n  ISSUER='https://i'\n  SUBJECT='it''s'\n  OIDC_AUDIENCE_LIST=('dbt-prod.acme')",
        subject: "it's",
      },
    ]);
  });

  it('are numbered when there are several subjects, and none when there is none', async () => {
    expect((await identities('snowflake', TWO)).map(({ name, subject }) => [name, subject])).toEqual([
      ['prod_1', 'x'],
      ['prod_2', 'y'],
    ]);
    expect(await identities('snowflake', CHECKED.slice(0, 2))).toEqual([]);
  });

  it('list further claims with their one value each', async () => {
    const more: readonly TrustClause[] = [
      ...CHECKED,
      { claim: 'ref', kind: 'values', values: ['refs/heads/main'] },
      { claim: 'environment', kind: 'values', values: ["a'b"] },
    ];
    const [{ definition } = { definition: '' }] = await identities('snowflake', more);
    expect(definition.split('\n').at(-1)).toBe("  CLAIMS=(ref='refs/heads/main' environment='a''b')");
  });

  it('are the role that logs in: the last of a chain', async () => {
    const arn = (role: string) => ({ name: 'prod', definition: `TYPE=AWS ARN='${role}'`, subject: '' });
    expect(await identities('snowflakeAws')).toEqual([arn('arn:aws:iam::111122223333:role/dbt-prod')]);
    const chained = await identities('snowflakeAws', CHECKED, 'prod', [
      'region: eu-central-1 }',
      'region: eu-central-1, chain: { role_arn: "arn:aws:iam::444455556666:role/last" } }',
    ]);
    expect(chained).toEqual([arn('arn:aws:iam::444455556666:role/last')]);
  });

  it('are none when another identity provider vouches', async () => {
    expect(await identities('snowflakeOauth')).toEqual([]);
  });

  it.each([
    ['a-b.c', 'a_b_c'],
    ['1st', '_1st'],
    ['_x', '_x'],
    ['Default', '_Default'],
    ['defaults', 'defaults'],
    ['x-default', 'x_default'],
  ])('of the rule %s are called %s', async (id, name) => {
    expect((await identities('snowflake', CHECKED, id))[0]?.name).toBe(name);
  });

  it('are added to their user', () => {
    const identity = { name: 'a', definition: 'TYPE=AWS', subject: '' };
    expect(addIdentity('U', identity)).toBe('ALTER USER U ADD WORKLOAD IDENTITY a TYPE=AWS');
    expect(addIdentity('u-1', { ...identity, name: 'a b' })).toBe(
      'ALTER USER "u-1" ADD WORKLOAD IDENTITY "a b" TYPE=AWS',
    );
  });
});
