import { describe, expect, it } from 'vitest';
import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { accepts } from '../../../src/policy/trust/model.ts';
import { closed, modelOf } from '../../../src/policy/trust/model-of.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { example } from './render-example.ts';

const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const OTHER = '0'.repeat(40);

const policy = example('everything');

/** The policy with one rule, the first, changed. */
async function alone(change: Partial<Rule>, deny: Partial<Policy['deny']> = {}): Promise<Policy> {
  const whole = await policy;
  const [rule] = whole.rules;
  if (rule === undefined) throw new Error('the policy has no rule');
  return { ...whole, deny: { ...whole.deny, ...deny }, rules: [{ ...rule, ...change }] };
}

function waysOf(of: Policy) {
  return principalsOf(of, 'aws').flatMap(({ ways }) => ways);
}

describe('principalsOf', () => {
  it('names each principal once, with every rule that leads to it', async () => {
    const found = principalsOf(await policy, 'aws').map(({ name, ways }) => [
      name,
      ways.map(({ rule }) => rule.id),
    ]);
    expect(found).toEqual([
      [
        'arn:aws:iam::111122223333:role/data/dbt-athena',
        ['athena-prod', 'athena-release', 'athena-release', 'lake'],
      ],
      ['arn:aws:iam::111122223333:role/dbt-snowflake', ['long']],
    ]);
  });

  it('keeps a rule as it is, but for the deny list', async () => {
    const whole = await policy;
    const rules = new Map(waysOf(whole).map(({ rule }) => [rule.id, rule]));
    const [first] = whole.rules;
    expect(rules.get('lake')).toStrictEqual(whole.rules.find(({ id }) => id === 'lake'));
    expect(rules.get('athena-prod')).toStrictEqual({
      ...first,
      actorId: ['583231'],
      jobWorkflow: { path: first?.jobWorkflow?.path, sha: [SHA] },
    });
  });

  it('has nothing for a rule that the deny list empties', async () => {
    const workflow = { path: 'a/b/.github/workflows/c.yml', sha: [OTHER] };
    expect(waysOf(await alone({}))).toHaveLength(1);
    expect(waysOf(await alone({ actorId: ['99'] }))).toEqual([]);
    expect(waysOf(await alone({ jobWorkflow: workflow }))).toHaveLength(1);
    expect(waysOf(await alone({ jobWorkflow: workflow }, { jobWorkflowSha: [OTHER] }))).toEqual([]);
    expect(waysOf(await alone({}, { repositoryId: ['456789'] }))).toEqual([]);
  });

  it('takes a list of branches and tags apart, so that each part says its type', async () => {
    const refs = ['refs/heads/main', 'refs/tags/v1', 'refs/tags/v2'];
    const ways = waysOf(await alone({ ref: { kind: 'one-of', values: refs } }));
    expect(ways.map(({ rule }) => rule.ref)).toEqual([
      { kind: 'one-of', values: ['refs/heads/main'] },
      { kind: 'one-of', values: ['refs/tags/v1', 'refs/tags/v2'] },
    ]);
  });

  it('leaves a credential no longer a life than the rule does', async () => {
    const [way] = waysOf(await alone({ maxTtlSeconds: 1200 }));
    expect(way?.grant).toMatchObject({ aws: { durationSeconds: 1200 } });
  });

  it('asks for the reusable workflow at any ref on Google Cloud alone', async () => {
    const kinds = async (target: 'aws' | 'gcp', grant: string) =>
      principalsOf(await alone({ grants: [grant] }), target).flatMap(({ ways }) =>
        ways.flatMap(({ checked }) =>
          checked.filter(({ claim }) => claim === 'job_workflow_ref').map(({ kind }) => kind),
        ),
      );
    expect(await kinds('gcp', 'bigquery')).toEqual(['prefix']);
    expect(await kinds('aws', 'athena')).toEqual(['values']);
  });

  it('tells what the target checks from what it does not', async () => {
    const [way] = waysOf(await alone({ environment: { name: 'prod' } }));
    expect(way?.checked.map(({ claim }) => claim)).toContain('job_workflow_ref');
    expect(way?.unchecked.map(({ claim }) => claim)).toEqual([
      'ref_type',
      'job_workflow_sha',
      'ref_protected',
      'event_name',
      'runner_environment',
      'repository_visibility',
    ]);
  });
});

describe('modelOf', () => {
  const environments = async (...request: [Parameters<typeof modelOf>[1], string]) =>
    modelOf(await policy, ...request, { audience: 'here' }).map((alternative) =>
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
