import { describe, expect, it } from 'vitest';
import { googleWays, placesOf, strayWays } from '../../../src/policy/trust/google-members.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { type Case, googleRequest, OTHER_POOL, PROVIDER, workflow } from './google-policy.ts';
import { example } from './render-example.ts';

const SAME = { environment: { name: 'same' } };

/** Rules that open the principal of the first case besides its own, and the commits that are asked of them. */
async function strays(...cases: readonly Case[]) {
  const { principals } = await googleRequest(...cases);
  const [first] = principals;
  if (first === undefined) throw new Error('no principal');
  return strayWays(first, placesOf(principals)).map(({ rule, checked }) => {
    const shas = checked.filter(({ claim }) => claim === 'job_workflow_sha');
    return [
      rule.id,
      ...shas.flatMap((clause) => (clause.kind === 'values' ? clause.values.map((sha) => sha[0]) : [])),
    ];
  });
}

describe('a binding of Google Cloud', () => {
  it('tells environments, repositories and pools apart', async () => {
    const mart = { name: 'octo-org/mart', repositoryId: '456790', ownerId: '123456', line: 1 };
    expect(await strays({ rule: {} }, { rule: {} })).toEqual([]);
    expect(await strays({ rule: SAME }, { rule: { ...SAME, repository: mart } })).toEqual([]);
    expect(await strays({ rule: SAME }, { rule: SAME, grant: { provider: OTHER_POOL } })).toEqual([]);
    expect(await strays({ rule: SAME }, { rule: SAME, grant: { provider: `${PROVIDER}-2` } })).toEqual([
      ['rule-1'],
    ]);
  });

  it('lets in what another rule takes, for all that they have in common', async () => {
    expect(await strays({ rule: SAME }, { rule: { ...SAME, jobWorkflow: workflow('2') } })).toEqual([
      ['rule-1', '2'],
    ]);
    const named = { rule: { ...SAME, jobWorkflow: workflow('3', '2') } };
    expect(await strays(named, { rule: SAME })).toEqual([['rule-1', '3', '2']]);
    expect(await strays(named, { rule: { ...SAME, jobWorkflow: workflow('2', '4') } })).toEqual([
      ['rule-1', '2'],
    ]);
    expect(await strays(named, { rule: { ...SAME, jobWorkflow: workflow('5') } })).toEqual([]);
  });

  it('adds those ways to its own', async () => {
    const { principals } = await googleRequest(
      { rule: { ...SAME, jobWorkflow: workflow('2') } },
      { rule: { ...SAME, ref: { kind: 'equals', value: 'refs/tags/x' } } },
    );
    const [first, second] = principals;
    if (first === undefined || second === undefined) throw new Error('too few principals');
    const ways = googleWays(first, principals);
    expect(ways.map(({ rule }) => rule.id)).toEqual(['rule-0', 'rule-1']);
    const claims = ways[1]?.checked.map(({ claim }) => claim) ?? [];
    expect(claims).toEqual([
      ...(second.ways[0]?.checked ?? [])
        .map(({ claim }) => claim)
        .filter((claim) => claim !== 'job_workflow_sha'),
      'job_workflow_sha',
    ]);
  });

  it('leaves principals of other targets alone', async () => {
    const principals = principalsOf(await example('everything'), 'aws');
    expect([...placesOf(principals).keys()]).toContain('[false,"456789","prod"]');
  });
});
