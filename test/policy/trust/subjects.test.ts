import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../src/policy/policy.ts';
import { claimsOfSubject, ruleSubjects } from '../../../src/policy/trust/subjects.ts';
import { scopeOf } from './scope.ts';

const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const PATH = 'octo-sec/workflows/.github/workflows/dbt.yml';
type Template = 'legacy' | 'immutable' | readonly string[] | undefined;
/** Without a template of sub. */
const scope = scopeOf('duckdb', ['sub_template: immutable\n', '']);

async function subjects(template: Template, change: Partial<Rule> = {}) {
  const { policy, rule } = await scope;
  return ruleSubjects({
    policy: { ...policy, ...(template && { subTemplate: template }) },
    rule: { ...rule, ...change },
  });
}

/** A rule that leaves open what it can. */
async function open(template: readonly string[]) {
  const { policy, rule } = await scope;
  const { actorId, jobWorkflow, ref, refProtected, visibility, ...least } = rule;
  expect([actorId, jobWorkflow, ref, refProtected, visibility]).not.toContain(undefined);
  return ruleSubjects({
    policy: { ...policy, subTemplate: template },
    rule: { ...least, environment: { name: 'prod' } },
  });
}

describe('the subjects of a rule', () => {
  it.each([
    ['repository', 'octo-org/jaffle-shop'],
    ['repository_owner', 'octo-org'],
    ['repository_id', '456789'],
    ['repository_owner_id', '123456'],
    ['environment', 'prod'],
    ['ref', 'refs/heads/main'],
    ['ref_protected', 'true'],
    ['event_name', 'push'],
    ['runner_environment', 'github-hosted'],
    ['repository_visibility', 'private'],
    ['actor_id', '583231'],
    ['environment_node_id', 'EN_kwDOAbCdEf4AAAAB'],
    ['job_workflow_ref', `${PATH}@${SHA}`],
    ['job_workflow_sha', SHA],
  ])('hold %s where it is a part of sub', async (key, value) => {
    expect(await subjects([key])).toEqual([`${key}:${value.replaceAll(':', '%3A')}`]);
  });

  it('are those of the standard sub, in its two shapes', async () => {
    const standard = [
      'repo:octo-org/jaffle-shop:environment:prod',
      'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
    ];
    expect(await subjects(undefined)).toEqual(standard);
    expect(await subjects('legacy')).toEqual(standard.slice(0, 1));
    expect(await subjects('immutable')).toEqual(standard.slice(1));
  });

  it('are every combination of what the rule allows', async () => {
    const ref = { kind: 'one-of', values: ['refs/heads/a', 'refs/heads/b'] } as const;
    expect(await subjects(['event_name', 'ref'], { ref, eventName: ['push', 'schedule'] })).toEqual([
      'event_name:push:ref:refs/heads/a',
      'event_name:push:ref:refs/heads/b',
      'event_name:schedule:ref:refs/heads/a',
      'event_name:schedule:ref:refs/heads/b',
    ]);
  });

  it.each([
    'ref',
    'ref_protected',
    'repository_visibility',
    'actor_id',
    'environment_node_id',
    'job_workflow_ref',
    'job_workflow_sha',
    'workflow',
  ])('are no closed list with %s, when the rule leaves it open', async (key) => {
    expect(await open(['repository_id', key])).toEqual([]);
  });

  it('are each named once', async () => {
    expect(await subjects(['actor_id'], { actorId: ['7', '7'] })).toEqual(['actor_id:7']);
  });

  it('are no closed list with a pattern of a ref', async () => {
    expect(await subjects(['ref'], { ref: { kind: 'glob', pattern: 'refs/heads/*' } })).toEqual([]);
  });

  it('take repository and environment in the shape of the standard sub', async () => {
    expect(await subjects(['repo', 'context', 'event_name'])).toEqual([
      'repo:octo-org/jaffle-shop:environment:prod:event_name:push',
      'repo:octo-org@123456/jaffle-shop@456789:environment:prod:event_name:push',
    ]);
  });

  it('are 32 at most', async () => {
    const actors = (count: number) => ({ actorId: [...Array(count).keys()].map((at) => String(at + 1)) });
    expect(await subjects(['actor_id'], actors(32))).toHaveLength(32);
    expect(await subjects(['actor_id'], actors(33))).toEqual([]);
  });

  it.each([
    ['immutable', ['repository', 'repository_id', 'repository_owner_id', 'environment']],
    ['legacy', ['repository', 'environment']],
    [undefined, ['repository', 'environment']],
    [
      ['repo', 'context', 'ref'],
      ['repository', 'environment', 'ref'],
    ],
  ] as const)('of a sub that is %s say %j', (subTemplate, claims) => {
    expect(claimsOfSubject(subTemplate === undefined ? {} : { subTemplate })).toEqual(claims);
  });
});
