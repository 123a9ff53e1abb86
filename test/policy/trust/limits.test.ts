import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { trustLimits } from '../../../src/policy/trust/limits.ts';
import { accepts } from '../../../src/policy/trust/model.ts';
import { modelOf } from '../../../src/policy/trust/model-of.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import { githubClaims } from '../../support/claims.ts';
import { EXAMPLES, example } from './render-example.ts';

/** The policy with `count` rules for one grant, each with an environment of its own. */
async function crowded(
  grant: string,
  count: number,
  environment = (at: number) => `env-${at}`,
): Promise<Policy> {
  const policy = await example('everything');
  const [rule] = policy.rules;
  if (rule === undefined) throw new Error('the policy has no rule');
  const rules = [...Array(count).keys()].map((at) => ({
    ...rule,
    id: `rule-${at}`,
    line: 100 + at,
    environment: { name: environment(at) },
    grants: [grant],
  }));
  return { ...policy, rules };
}

describe('trustLimits', () => {
  it.each(EXAMPLES)('finds nothing in %s', async (name) => {
    expect(trustLimits(await example(name))).toEqual([]);
  });

  it.each([
    ['snowflake', 'snowflake', 10],
    ['databricks', 'databricks', 20],
    ['snowflake_oauth', 'azure', 20],
  ] as const)('lets %s have no more identities than %s takes', async (grant, target, most) => {
    expect(trustLimits(await crowded(grant, most))).toEqual([]);
    expect(trustLimits(await crowded(grant, most + 1))).toEqual([
      { target, line: 100, message: expect.stringContaining(`at most ${most} are taken`) },
    ]);
  });

  it('says that the quota of AWS can be raised, and where that ends', async () => {
    const notes = renderTrust(await crowded('athena', 3), 'aws').problems;
    expect(notes).toEqual([
      { level: 'note', target: 'aws', line: 100, message: expect.stringMatching(/raised/) },
    ]);
    expect(trustLimits(await crowded('athena', 3))).toEqual([]);
    expect(trustLimits(await crowded('athena', 6))).toMatchObject([{ target: 'aws', line: 100 }]);
  });

  it('splits a condition of Google that is too long, and says that the grants must follow', async () => {
    const policy = await crowded('bigquery', 12);
    const { files, problems } = renderTrust(policy, 'gcp');
    const conditions = [...(files[0]?.text.matchAll(/--attribute-condition='([^']*)'/g) ?? [])];
    expect(conditions).toHaveLength(12);
    expect(Math.max(...conditions.map(([, text = '']) => text.length))).toBeLessThan(4096);
    expect(new Set(files[0]?.text.match(/create-oidc \S+/g)).size).toBe(12);
    expect(problems).toEqual([
      { level: 'error', target: 'gcp', line: 100, message: expect.stringContaining('at most 4096') },
    ]);
  });

  it.each([
    ['snowflake', 'snowflake'],
    ['athena', 'aws'],
  ] as const)('takes no subject of %s that is too long', async (grant, target) => {
    const fits = 255 - 'repo:octo-org@123456/jaffle-shop@456789:environment:'.length;
    expect(trustLimits(await crowded(grant, 1, () => 'e'.repeat(fits)))).toEqual([]);
    expect(trustLimits(await crowded(grant, 1, () => 'e'.repeat(fits + 1)))).toMatchObject([
      { target, message: expect.stringContaining('256 characters') },
    ]);
  });

  it('tells of a rule that has no closed list of subjects, and trusts nobody for it', async () => {
    const policy = await example('everything', ['sub_template: immutable', 'sub_template: [repo, actor_id]']);
    expect(trustLimits(policy).map(({ target }) => target)).toContain('snowflake');
    expect(modelOf(policy, 'snowflake', 'snowflake')).toEqual([]);
    expect(renderTrust(policy, 'snowflake').files[0]?.text).not.toContain('SUBJECT');
  });

  it('finds two rules that one pool of Google cannot tell apart, and knows that both get in', async () => {
    const one = await crowded('bigquery', 2, () => 'same');
    const [first, second] = one.rules;
    if (first === undefined || second === undefined) throw new Error('too few rules');
    const policy = {
      ...one,
      rules: [
        first,
        { ...second, grants: ['bigquery_direct'], ref: { kind: 'equals', value: 'refs/tags/x' } as const },
      ],
    };
    const messages = trustLimits(policy).map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringContaining('rule rule-1 opens hop@'),
      expect.stringContaining('rule rule-0 opens acme-warehouse:scratch'),
    ]);
    const token = {
      ...githubClaims({ environment: 'same', ref: 'refs/tags/x', ref_type: 'tag' }),
      aud: 'bigquery.acme',
    };
    expect(accepts(modelOf(policy, 'gcp', 'bigquery'), new Map(Object.entries(token)))).toBe(true);
  });
});
