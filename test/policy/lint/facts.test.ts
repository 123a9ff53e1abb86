import { describe, expect, it } from 'vitest';
import { type GitHubFacts, readFacts } from '../../../src/policy/lint/facts.ts';
import { readLock } from '../../../src/policy/lint/lock.ts';
import { CLEAN, changed, lint } from './fixture.ts';

const ENVIRONMENT = {
  node_id: 'EN_kwDOAbCdEf4AAAAB',
  reviewers: 1,
  branch_policy: true,
  admin_bypass: false,
};
const REPOSITORY = {
  full_name: 'Octo-Org/jaffle-shop',
  owner_id: '123456',
  visibility: 'private' as const,
  plan: 'enterprise',
  immutable_subject: true,
  environments: { prod: ENVIRONMENT, CI: ENVIRONMENT },
};

function facts(repository: Partial<typeof REPOSITORY> | object = {}, id = '456789'): GitHubFacts {
  return readFacts({ repositories: { [id]: { ...REPOSITORY, ...repository } } });
}

const environments = (prod: object) => ({
  environments: { prod: { ...ENVIRONMENT, ...prod }, ci: ENVIRONMENT },
});

describe('facts of GitHub', () => {
  it('agree with the clean policy, names compared as GitHub does', async () => {
    expect(await lint(CLEAN, { facts: facts() })).toEqual([]);
  });

  it.each([
    [
      'W02',
      'another name',
      facts({ full_name: 'octo-org/other' }),
      'octo-org/other, not octo-org/jaffle-shop',
    ],
    ['W02', 'another owner', facts({ owner_id: '1' }), 'has the id 1, not 123456'],
    ['W02', 'an unknown id', facts({}, '1'), 'no repository with the id 456789'],
    ['W02', 'an environment made again', facts(environments({ node_id: 'EN_new' })), 'EN_new, not EN_kwDO'],
    [
      'W03',
      'no protection',
      facts(environments({ reviewers: 0, branch_policy: false })),
      'neither reviewers nor',
    ],
    ['W03', 'no such environment', facts({ environments: { ci: ENVIRONMENT } }), 'prod does not exist'],
    ['W04', 'bypass', facts(environments({ admin_bypass: true })), 'administrators pass'],
    ['W01', 'public', facts({ visibility: 'public' }), 'is public'],
    ['W08', 'a plan without reviewers', facts({ plan: 'team' }), 'on the plan team'],
  ])('%s: %s', async (code, _, given, message) => {
    const problems = await lint(CLEAN, { facts: given });
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(problems[0]?.message).toContain(message);
  });

  it.each([
    ['reviewers alone', facts(environments({ branch_policy: false }))],
    ['a branch policy alone', facts(environments({ reviewers: 0 }))],
    ['a public repository of Team', facts({ visibility: 'internal', plan: 'team' })],
    ['a plan that is not known', facts({ plan: 'business' })],
  ])('have nothing against %s', async (_, given) => {
    expect(await lint(CLEAN, { facts: given })).toEqual([]);
  });

  it('W05: the policy takes both shapes of a repository that has the immutable one', async () => {
    const open = changed('sub_template: immutable\n', '');
    const codes = async (given: GitHubFacts) => (await lint(open, { facts: given })).map(({ code }) => code);
    expect(await codes(facts())).toEqual(['W05']);
    expect(await codes(facts({ immutable_subject: false }))).toEqual([]);
  });

  it.each([
    [{}, 'repositories'],
    [{ repositories: { 1: {} } }, 'repositories.1.full_name'],
    [{ repositories: {}, more: 1 }, 'more'],
    [null, 'the file'],
  ])('are refused as %j', (value, place) => {
    expect(() => readFacts(value)).toThrow(place);
  });
});

describe('readFacts', () => {
  it.each([
    [{}, 'expected facts of GitHub; repositories is missing'],
    [{ repositories: {}, more: 1 }, 'expected facts of GitHub; more is not known'],
    [
      { repositories: { 1: { full_name: 7 } } },
      'expected facts of GitHub; repositories.1.full_name is 7, not text',
    ],
  ])('says what is wrong with %j', (written, message) => {
    expect(() => readFacts(written)).toThrow(message);
  });
});

describe('readLock', () => {
  it('reads a serial, with or without a digest', () => {
    expect(readLock({ serial: '42' })).toEqual({ serial: '42' });
    expect(readLock({ serial: '42', sha256: 'a'.repeat(64) })).toHaveProperty('sha256');
  });

  it.each([
    {},
    { serial: 42 },
    { serial: '042' },
    { serial: '1', sha256: 'A' },
    { serial: '1', other: '' },
    null,
  ])('refuses %j', (value) => {
    expect(() => readLock(value)).toThrow(/expected a lock/);
  });
});
