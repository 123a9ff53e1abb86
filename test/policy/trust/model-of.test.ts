import { describe, expect, it } from 'vitest';
import { accepts } from '../../../src/policy/trust/model.ts';
import { closed, modelOf } from '../../../src/policy/trust/model-of.ts';
import { alone, everything } from './one-rule.ts';

describe('modelOf', () => {
  const environments = async (...request: [Parameters<typeof modelOf>[1], string]) =>
    modelOf(await everything, ...request, { audience: 'here' }).map((alternative) =>
      alternative.get('environment'),
    );
  const values = (...names: readonly string[]) => names.map((name) => ({ kind: 'values', values: [name] }));

  it('is every rule that leads to the principal of the grant, whichever grant it names', async () => {
    expect(await environments('aws', 'athena')).toEqual(values('prod', 'release', 'release', 'lake'));
    expect(await environments('aws', 'lake')).toEqual(values('prod', 'release', 'release', 'lake'));
    expect(await environments('aws', 'snowflake_aws')).toEqual(values('long'));
    expect(await environments('aws', 'bigquery')).toEqual([]);
  });

  it('has the rules that a binding cannot tell apart on Google Cloud alone', async () => {
    const whole = await alone({ grants: ['bigquery'] });
    const [rule] = whole.rules;
    if (rule === undefined) throw new Error('no rule');
    const both = { ...whole, rules: [rule, { ...rule, id: 'other', grants: ['bigquery_direct'] }] };
    expect(modelOf(both, 'gcp', 'bigquery')).toHaveLength(2);
    expect(await environments('vault', 'snowflake')).toEqual(values('snowflake', 'snowflake', 'snowflake'));
    const aws = {
      ...both,
      rules: [
        { ...rule, grants: ['athena'] },
        { ...rule, id: 'other', grants: ['snowflake_aws'] },
      ],
    };
    expect(modelOf(aws, 'aws', 'athena')).toHaveLength(1);
  });

  it('takes a token as the clauses say', async () => {
    const model = modelOf(await alone({ grants: ['databricks'] }), 'databricks', 'databricks');
    const claims = {
      iss: 'https://token.actions.githubusercontent.com',
      aud: 'dbt-dbx.acme',
      sub: 'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
    };
    expect(accepts(model, new Map(Object.entries(claims)))).toBe(true);
    expect(accepts(model, new Map(Object.entries({ ...claims, aud: 'other' })))).toBe(false);
  });
});

describe('closed', () => {
  it.each([
    ['gcp', true],
    ['vault', true],
    ['aws', false],
    ['kong', false],
  ] as const)('%s is trusted without a list of subjects: %s', (target, trusted) => {
    expect(closed([], target)).toBe(trusted);
    expect(closed([{ claim: 'ref', kind: 'values', values: ['x'] }], target)).toBe(trusted);
    expect(closed([{ claim: 'sub', kind: 'values', values: ['x'] }], target)).toBe(true);
  });
});
