import { describe, expect, it } from 'vitest';
import type { ClaimName } from '../../src/identity/claims.ts';
import { missCount, misses, RULE_CLAUSES, reading } from '../../src/policy/match.ts';
import type { Rule } from '../../src/policy/policy.ts';
import type { ClaimOverrides } from '../support/claims.ts';
import { FULL, identity, load } from './fixture.ts';

const PATH = 'octo-sec/workflows/.github/workflows/dbt.yml';
const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';

async function ruleOf(...changes: readonly (readonly [from: string, to: string])[]): Promise<Rule> {
  const text = changes.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`the policy has no ${from}`);
    return all.replace(from, to);
  }, FULL);
  const [rule] = (await load(text)).policy.rules;
  if (rule === undefined) throw new Error('the policy has no rule');
  return rule;
}

const ACTOR = '    actor_id: "583231"\n';
/** A rule with every clause. */
const every = () => ruleOf([ACTOR, `${ACTOR}    actor_class: { one_of: [human, app] }\n`]);
const missed = async (rule: Rule | Promise<Rule>, overrides: ClaimOverrides) =>
  misses(await rule, identity(overrides).claims);

describe('misses', () => {
  it('are none for the claims of the rule', async () => {
    expect(await missed(every(), {})).toEqual([]);
  });

  it.each<readonly [claim: ClaimName, value: string, code: string, key: string, expected: string]>([
    ['repository_id', '7', 'REPO_ID', 'repository', '456789'],
    ['repository_owner_id', '7', 'OWNER_ID', 'repository', '123456'],
    ['repository', 'octo-org/other', 'REPOSITORY', 'repository', 'octo-org/jaffle-shop'],
    ['environment', 'dev', 'ENVIRONMENT', 'environment', 'prod'],
    ['environment_node_id', 'EN_x', 'ENV_NODE_ID', 'environment', 'EN_kwDOAbCdEf4AAAAB'],
    ['ref', 'refs/heads/x', 'REF', 'ref', 'refs/heads/main'],
    ['ref_type', 'tag', 'REF', 'ref', 'branch'],
    ['ref_protected', 'false', 'REF_PROTECTED', 'ref_protected', 'true'],
    ['event_name', 'release', 'EVENT', 'event_name', 'push'],
    ['runner_environment', 'self-hosted', 'RUNNER', 'runner_environment', 'github-hosted'],
    ['repository_visibility', 'public', 'VISIBILITY', 'repository_visibility', 'private'],
    ['job_workflow_ref', `${PATH}x@main`, 'JOB_WORKFLOW', 'job_workflow', `${PATH}@…`],
    ['job_workflow_sha', 'c0'.repeat(20), 'JOB_WORKFLOW', 'job_workflow', SHA],
    ['actor_id', '7', 'ACTOR', 'actor_id', '583231'],
    ['actor', 'Copilot', 'ACTOR_CLASS', 'actor_class', 'human or app'],
  ])('of %s alone: one, with its code, key and texts', async (claim, value, code, key, expected) => {
    expect(await missed(every(), { [claim]: value })).toEqual([
      { code, claim, expected, actual: value, key },
    ]);
  });

  it('stand in the order of the clauses', async () => {
    const codes = await missed(every(), {
      environment: 'dev',
      actor: 'Copilot',
      repository: 'octo-org/other',
      repository_id: '7',
    });
    expect(codes.map(({ code }) => code)).toEqual(['REPO_ID', 'REPOSITORY', 'ENVIRONMENT', 'ACTOR_CLASS']);
  });

  it.each([
    [undefined, 'CLAIM_MISSING', '(absent)'],
    ['', 'CLAIM_MISSING', '(absent)'],
    [7, 'CLAIM_TYPE', '(number)'],
    [['push'], 'CLAIM_TYPE', '(object)'],
    ['pu\u0430sh', 'CLAIM_CHARSET', 'pu\u0430sh'],
    ['push\n', 'CLAIM_CHARSET', 'push\\u000a'],
    ['x'.repeat(200), 'EVENT', 'x'.repeat(200)],
    ['x'.repeat(201), 'EVENT', `${'x'.repeat(200)}…`],
  ])('show what came: %j is %s', async (value, code, actual) => {
    const miss = { code, claim: 'event_name', expected: 'push', actual, key: 'event_name' };
    expect(await missed(every(), { event_name: value })).toEqual([miss]);
  });

  it.each(['repository_id', 'repository_owner_id', 'actor_id'])('%s is digits only', async (claim) => {
    for (const value of ['x', '0', '07', '7x', 'x7', ' 7']) {
      expect(await missed(every(), { [claim]: value })).toMatchObject([
        { code: 'CLAIM_CHARSET', actual: value },
      ]);
    }
  });

  it('of a ref: any of the values, or what the pattern leaves out', async () => {
    const either = await ruleOf(['ref: refs/heads/main', 'ref: { one_of: [refs/heads/a, refs/heads/b] }']);
    expect(await missed(either, { ref: 'refs/heads/b' })).toEqual([]);
    expect(await missed(either, { ref: 'refs/heads/c' })).toMatchObject([
      { expected: 'refs/heads/a or refs/heads/b' },
    ]);
    const pattern = await ruleOf(['ref: refs/heads/main', 'ref: { glob: refs/tags/v* }']);
    expect(await missed(pattern, { ref: 'refs/tags/v1', ref_type: 'tag' })).toEqual([]);
    expect(await missed(pattern, { ref: 'refs/tags/x', ref_type: 'tag' })).toMatchObject([
      { expected: 'refs/tags/v*' },
    ]);
  });

  it('of a ref type: it goes by the start of the ref, and only where the rule has a ref', async () => {
    const nested = await ruleOf(['ref: refs/heads/main', 'ref: refs/heads/refs/tags/v1']);
    expect(await missed(nested, { ref: 'refs/heads/refs/tags/v1', ref_type: 'branch' })).toEqual([]);
    const tag = await ruleOf(['ref: refs/heads/main', 'ref: refs/tags/v1']);
    expect(await missed(tag, { ref: 'refs/tags/v1', ref_type: 'branch' })).toMatchObject([
      { claim: 'ref_type', expected: 'tag' },
    ]);
    const none = await ruleOf(
      ['    ref: refs/heads/main\n', ''],
      ['event_name: push', 'event_name: pull_request'],
    );
    expect(await missed(none, { event_name: 'pull_request', ref: undefined, ref_type: undefined })).toEqual(
      [],
    );
  });

  it('of a reusable workflow: its path stands at the start, up to the @', async () => {
    for (const value of [
      PATH,
      `${PATH}@`.slice(1),
      `x${PATH}@main`,
      `${'x'.repeat(PATH.length)}@${PATH}`,
      `${PATH}/@main`,
    ])
      expect(await missed(every(), { job_workflow_ref: value })).toMatchObject([{ code: 'JOB_WORKFLOW' }]);
  });

  it('of the class of an actor: its name, or the id of a known agent', async () => {
    const people = await ruleOf([ACTOR, '    actor_class: human\n']);
    expect(await missed(people, { actor: 'renamed', actor_id: '7' })).toEqual([]);
    expect(await missed(people, { actor: 'renamed', actor_id: '198982749' })).toMatchObject([
      { code: 'ACTOR_CLASS', expected: 'human', actual: 'renamed' },
    ]);
  });

  it('are none where a rule asks nothing', async () => {
    const bare = await ruleOf(
      ['{ name: prod, node_id: EN_kwDOAbCdEf4AAAAB }', 'prod'],
      ['ref_protected: "true"', 'ref_protected: any'],
      ['    repository_visibility: private\n', ''],
      [`    job_workflow:\n      path: ${PATH}\n      sha: [${SHA}]\n`, ''],
      [ACTOR, ''],
    );
    const odd = { environment_node_id: 7, ref_protected: 7, repository_visibility: 7, job_workflow_ref: 7 };
    expect(await missed(bare, { ...odd, job_workflow_sha: 7, actor_id: 7, actor: 7 })).toEqual([]);
  });
});

describe('missCount', () => {
  it('counts the clauses that do not hold, up to what is enough, but never less than one', async () => {
    const rule = await every();
    const count = (overrides: ClaimOverrides, enough: number) => {
      const read = reading(identity(overrides).claims);
      return missCount(
        RULE_CLAUSES.map((clause) => clause(read)),
        rule,
        enough,
      );
    };
    const three = { environment: 'dev', event_name: 'release', actor_id: undefined };
    expect(count({}, 0)).toBe(0);
    expect(count(three, 15)).toBe(3);
    expect([0, 1, 2, 3, 4].map((enough) => count(three, enough))).toEqual([1, 1, 2, 3, 3]);
  });
});
