import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { driftOf } from '../../../src/policy/drift/drift.ts';
import { load } from '../fixture.ts';

const POLICY = readFileSync(new URL('../../../examples/policies/aws.yml', import.meta.url), 'utf8');
const FIRST = 'arn:aws:iam::444455556666:role/github-entry';
const SECOND = 'arn:aws:iam::111122223333:role/dbt-redshift';
const TRUST = {
  Effect: 'Allow',
  Principal: { AWS: FIRST },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  Condition: { StringEquals: { 'sts:ExternalId': 'acme-dbt' } },
};

/** What drift says of the second role with this trust; undefined when it says nothing of it. */
async function second(statements: readonly object[], policy = POLICY, arn = SECOND) {
  const role = { Arn: arn, AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: statements } };
  const text = JSON.stringify({ Role: role });
  const { principals } = driftOf(await load(policy), 'aws', [{ name: 'role.json', text }]);
  return principals.find(({ principal }) => principal === arn);
}

const external = (id: string) => ({ Condition: { StringEquals: { 'sts:ExternalId': id } } });

describe('the second role of a chain', () => {
  it.each<[string, string, readonly object[]]>([
    ['same', 'the trust that is rendered', [TRUST]],
    [
      'same',
      'the condition in another spelling',
      [{ ...TRUST, Condition: { stringequals: { 'STS:externalid': ['acme-dbt'] } } }],
    ],
    ['wider', 'no external id', [{ ...TRUST, Condition: {} }]],
    [
      'wider',
      'the whole account of the first role',
      [{ ...TRUST, Principal: { AWS: 'arn:aws:iam::444455556666:root' } }],
    ],
    ['wider', 'the account by its number', [{ ...TRUST, Principal: { AWS: '444455556666' } }]],
    ['wider', 'everybody', [{ ...TRUST, Principal: { AWS: ['*'] } }]],
    ['wider', 'another role besides', [TRUST, { ...TRUST, Principal: { AWS: 'arn:aws:iam::1:role/x' } }]],
    ['different', 'another external id', [{ ...TRUST, ...external('other') }]],
    ['different', 'another role', [{ ...TRUST, Principal: { AWS: `${FIRST}-2` } }]],
    [
      'different',
      'the whole of another account',
      [{ ...TRUST, Principal: { AWS: 'arn:aws:iam::999999999999:root' } }],
    ],
    ['narrower', 'tags alone', [{ ...TRUST, Action: ['sts:TagSession'] }]],
    ['narrower', 'nobody', []],
    [
      'unknown',
      'a condition on something else',
      [{ ...TRUST, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }],
    ],
    ['unknown', 'an action on something else', [{ ...TRUST, Action: ['sts:AssumeRole', 'iam:PassRole'] }]],
    ['unknown', 'a service', [{ ...TRUST, Principal: { Service: 'ec2.amazonaws.com' } }]],
    ['unknown', 'a Deny', [TRUST, { ...TRUST, Effect: 'Deny' }]],
  ])('is %s with %s', async (result, _, statements) => {
    expect(await second(statements)).toMatchObject({ result, rules: ['redshift'] });
  });

  it('shows who could assume it', async () => {
    const { wider, claims } = (await second([{ ...TRUST, Principal: { AWS: '*' } }])) ?? {};
    expect(wider?.get('assumed_by')).toBe('arn:aws:iam::999999999999:role/other');
    expect(claims).toEqual([{ claim: 'assumed_by', policy: FIRST, deployed: 'anything' }]);
  });

  it('needs no external id where the policy has none', async () => {
    const policy = POLICY.replace(', external_id: acme-dbt', '');
    expect(await second([{ ...TRUST, Condition: {} }], policy)).toMatchObject({ result: 'same' });
    expect(await second([TRUST], policy)).toMatchObject({ result: 'narrower' });
  });

  it('is missing when no file tells of it', async () => {
    expect(await second([], POLICY, 'arn:aws:iam::111122223333:role/dbt-lake')).toBeDefined();
    const { principals } = driftOf(await load(POLICY), 'aws', [
      { name: 'roles.json', text: JSON.stringify({ Roles: [] }) },
    ]);
    expect(principals.find(({ principal }) => principal === SECOND)).toMatchObject({ result: 'missing' });
  });

  it('is found in a list of all roles, where others that trust no token are left out', async () => {
    const role = (Arn: string) => ({ Arn, AssumeRolePolicyDocument: { Statement: [TRUST] } });
    const text = JSON.stringify({ Roles: [role(SECOND), role('arn:aws:iam::111122223333:role/app')] });
    const { principals } = driftOf(await load(POLICY), 'aws', [{ name: 'roles.json', text }]);
    expect(principals.map(({ principal, result }) => [principal, result])).toContainEqual([SECOND, 'same']);
    expect(principals.some(({ principal }) => principal.endsWith('role/app'))).toBe(false);
  });

  it('leaves a role unclear that may be assumed by a role, and not by the policy', async () => {
    const lake = 'arn:aws:iam::111122223333:role/dbt-lake';
    expect(await second([TRUST], POLICY, lake)).toMatchObject({ result: 'unknown' });
  });
});
