import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { alone, everything } from './one-rule.ts';

const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const OTHER = '0'.repeat(40);

function waysOf(of: Policy) {
  return principalsOf(of, 'aws').flatMap(({ ways }) => ways);
}

describe('principalsOf', () => {
  it('names each principal once, with every rule that leads to it', async () => {
    const found = principalsOf(await everything, 'aws').map(({ name, ways }) => [
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
    const whole = await everything;
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
