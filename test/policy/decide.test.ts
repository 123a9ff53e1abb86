import { describe, expect, it } from 'vitest';
import { decide } from '../../src/policy/decide.ts';
import { codes, decideFor, FULL, identity, load, NOW, SMALLEST, SOURCE } from './fixture.ts';

const RULE = FULL.slice(FULL.indexOf('  - id: prod'));
const deny = (list: string) => `${FULL}deny: { ${list} }\n`;

/** Semantics of docs/policy.md, by the same numbers. */
describe('decide', () => {
  it('b2.1 denies by default: what no rule names is denied, and a policy without rules does not load', async () => {
    const decision = await decideFor(SMALLEST, { environment: 'other' });
    expect(decision).toMatchObject({ allow: false, rule: null, nearest: 'prod' });
    await expect(load(FULL.slice(0, FULL.indexOf('rules:')))).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
      reason: 'POLICY_MISSING_KEY',
    });
  });

  it('b2.2 allows by the one rule that matches', async () => {
    expect(await decideFor(FULL)).toMatchObject({ allow: true, rule: 'prod', nearest: null, reasons: [] });
  });

  it('b2.2 no match is NO_RULE with the nearest rule and every clause of it that failed', async () => {
    const far = RULE.replace('id: prod', 'id: far').replace('refs/heads/main', 'refs/heads/far');
    const decision = await decideFor(FULL.replace('rules:\n', `rules:\n${far}`), { event_name: 'schedule' });
    expect(decision.nearest).toBe('prod');
    expect(codes(decision)).toEqual(['EVENT', 'NO_RULE']);
    expect(decision.reasons[0]).toMatchObject({
      rule: 'prod',
      claim: 'event_name',
      expected: 'push',
      actual: 'schedule',
    });
  });

  it('b2.2 the nearest of equals is the first in the file', async () => {
    const twin = RULE.replace('id: prod', 'id: twin').replace('refs/heads/main', 'refs/heads/twin');
    const both = `${FULL}${twin}`;
    expect((await decideFor(both, { ref: 'refs/heads/other' })).nearest).toBe('prod');
  });

  it('P09, b2.2 two matches are AMBIGUOUS and name both', async () => {
    const decision = await decideFor(`${FULL}${RULE.replace('id: prod', 'id: again')}`);
    expect(decision.allow).toBe(false);
    expect(codes(decision)).toEqual(['AMBIGUOUS']);
    expect(decision.reasons[0]?.actual).toBe('prod (line 13) and again (line 34)');
  });

  it.each([
    ['actor_id', 'actor_id: ["583231"]'],
    ['repository_id', 'repository_id: ["1", "456789"]'],
    ['job_workflow_sha', `job_workflow_sha: [9a8b7c6d5e4f30213243546576879809a8b7c6d5]`],
  ])('P09, b2.3 the deny list beats the rule that matches: %s', async (claim, list) => {
    const decision = await decideFor(deny(list));
    expect(decision).toMatchObject({ allow: false, rule: null, nearest: 'prod' });
    expect(decision.reasons).toMatchObject([{ code: 'DENY_LIST', claim }]);
  });

  it('b2.3 a claim that the deny list needs and that cannot be read is denied', async () => {
    const policy = `${SMALLEST}deny: { actor_id: ["1"] }\n`;
    expect((await decideFor(policy)).allow).toBe(true);
    expect(codes(await decideFor(policy, { actor_id: undefined }))).toEqual(['CLAIM_MISSING']);
    expect(codes(await decideFor(policy, { actor_id: '01' }))).toEqual(['CLAIM_CHARSET']);
    expect(codes(await decideFor(policy, { actor_id: 1 }))).toEqual(['CLAIM_TYPE']);
  });

  it('b2.4 every clause must hold, and any value of one_of is enough', async () => {
    const events = FULL.replace('event_name: push', 'event_name: { one_of: [push, schedule] }');
    expect((await decideFor(events, { event_name: 'schedule' })).allow).toBe(true);
    expect(codes(await decideFor(events, { event_name: 'release' }))).toEqual(['EVENT', 'NO_RULE']);
    const refs = FULL.replace('ref: refs/heads/main', 'ref: { one_of: [refs/heads/main, refs/heads/next] }');
    expect((await decideFor(refs, { ref: 'refs/heads/next' })).allow).toBe(true);
    expect(codes(await decideFor(refs, { ref: 'refs/heads/old', event_name: 'schedule' }))).toEqual([
      'REF',
      'EVENT',
      'NO_RULE',
    ]);
  });

  it.each([
    ['missing', undefined, 'CLAIM_MISSING'],
    ['empty', '', 'CLAIM_MISSING'],
    ['boolean', true, 'CLAIM_TYPE'],
    ['number', 456789, 'CLAIM_TYPE'],
    ['array', ['456789'], 'CLAIM_TYPE'],
    ['object', { id: '456789' }, 'CLAIM_TYPE'],
    ['null', null, 'CLAIM_TYPE'],
    ['line end', '456789\n', 'CLAIM_CHARSET'],
    ['space', ' 456789', 'CLAIM_CHARSET'],
    ['leading zero', '0456789', 'CLAIM_CHARSET'],
    ['full-width digits', '\uff14\uff15\uff16\uff17\uff18\uff19', 'CLAIM_CHARSET'],
  ])('b2.5 an id that is %s fails its clause and is never coerced', async (_, value, code) => {
    for (const claim of ['repository_id', 'repository_owner_id', 'actor_id'] as const) {
      const decision = await decideFor(FULL, { [claim]: value });
      expect(decision.allow).toBe(false);
      expect(decision.reasons.find((reason) => reason.claim === claim)?.code).toBe(code);
    }
  });

  it('b2.6 a glob holds on ref only, and one star stands for one segment', async () => {
    const tags = FULL.replace('ref: refs/heads/main', 'ref: { glob: refs/tags/v*.* }');
    expect((await decideFor(tags, { ref: 'refs/tags/v1.2', ref_type: 'tag' })).allow).toBe(true);
    for (const ref of ['refs/tags/v1', 'refs/tags/v1.2/x', 'refs/tags/v.', 'refs/heads/v1.2']) {
      expect(codes(await decideFor(tags, { ref, ref_type: 'tag' }))).toContain('REF');
    }
  });

  it('b2.7 compares repository and environment by ASCII lower case, everything else by bytes', async () => {
    expect((await decideFor(FULL, { repository: 'Octo-Org/Jaffle-Shop', environment: 'PROD' })).allow).toBe(
      true,
    );
    expect(codes(await decideFor(FULL, { ref: 'refs/heads/Main' }))).toContain('REF');
    expect(codes(await decideFor(FULL, { event_name: 'Push' }))).toContain('EVENT');
    expect(codes(await decideFor(FULL, { aud: 'dbt-passport/ACME' }))).toContain('AUDIENCE');
    // K, the Kelvin sign, becomes `k` in Unicode's lower case.
    const kelvin = await decideFor(FULL.replace('name: prod', 'name: kiosk'), { environment: '\u212aiosk' });
    expect(codes(kelvin)).toContain('CLAIM_CHARSET');
  });

  it('b2.8 the caller can only narrow: a requested environment must be the one of the token', async () => {
    expect((await decideFor(FULL, {}, { environment: 'prod' })).allow).toBe(true);
    for (const environment of ['dev', '', 'prod ']) {
      const decision = await decideFor(FULL, {}, { environment });
      expect(codes(decision)).toEqual(['REQUESTED_ENVIRONMENT']);
    }
    expect(codes(await decideFor(FULL, { environment: undefined }, { environment: 'prod' }))).toContain(
      'REQUESTED_ENVIRONMENT',
    );
  });

  it('b2.9 is a pure function to plain data', async () => {
    const loaded = await load(FULL);
    const who = identity({ ref: 'refs/heads/x' });
    const first = decide(loaded, who, {}, NOW);
    expect(decide(loaded, who, {}, NOW)).toEqual(first);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(first.policySource).toBe(SOURCE);
    expect(first.policySha256).toBe(loaded.sha256);
  });

  it('P11 allows nothing after not_after, or at a time that is no time', async () => {
    const at = (text: string) => decideFor(FULL, {}, {}, new Date(text));
    expect((await at('2027-02-01T00:00:00Z')).allow).toBe(true);
    expect(codes(await at('2027-02-01T00:00:01Z'))).toEqual(['POLICY_EXPIRED']);
    expect(codes(await at('never'))).toEqual(['POLICY_EXPIRED']);
  });

  it('T23, T24 a token of another issuer is denied', async () => {
    for (const iss of [
      'https://token.actions.githubusercontent.com/',
      'https://token.actions.githubusercontent.com/acme',
      undefined,
    ]) {
      expect((await decideFor(FULL, { iss })).allow).toBe(false);
    }
  });
});

/** Two repositories: the rule of each, by the name that the test gives it. */
const OTHER = '{ name: octo-org/other, repository_id: "7", repository_owner_id: "123456" }';
const two = (...rules: readonly string[]) =>
  FULL.slice(0, FULL.indexOf('  - id: prod')).replace('grants:', `  other: ${OTHER}\ngrants:`) +
  rules.join('');
const named = (id: string, ...changes: readonly (readonly [from: string, to: string])[]) =>
  changes.reduce((text, [from, to]) => text.replace(from, to), RULE.replace('id: prod', `id: ${id}`));
const ELSEWHERE = ['repository: shop', 'repository: other'] as const;
const BRANCH = ['heads/main', 'heads/x'] as const;
const EVENT = ['event_name: push', 'event_name: schedule'] as const;
const RUNNER = ['github-hosted', 'self-hosted\n    allow_self_hosted: our own machines'] as const;
const VISIBILITY = ['visibility: private', 'visibility: public'] as const;

describe('the nearest rule', () => {
  it('is one for the repository of the token, however much of it fails', async () => {
    const policy = two(named('far', ELSEWHERE), named('own', BRANCH, EVENT, VISIBILITY));
    expect((await decideFor(policy)).nearest).toBe('own');
    expect((await decideFor(policy, { environment: 'test' })).nearest).toBe('own');
    expect((await decideFor(policy, { repository_id: '8' })).nearest).toBe('far');
  });

  it('is one for the environment too, when the repository has it, however much of it fails', async () => {
    const other = named('other', ['name: prod', 'name: dev']);
    const policy = two(other, named('meant', BRANCH, EVENT, VISIBILITY));
    expect((await decideFor(policy, { environment: 'PROD' })).nearest).toBe('meant');
    expect((await decideFor(policy, { environment: 'test' })).nearest).toBe('other');
    expect((await decideFor(policy, { environment: undefined })).nearest).toBe('other');
  });

  it('is the one with the fewest failed clauses, wherever it stands', async () => {
    const three = named('three', BRANCH, EVENT, VISIBILITY);
    const five = named('five', BRANCH, EVENT, VISIBILITY, RUNNER, [
      'ref_protected: "true"',
      'ref_protected: "false"',
    ]);
    const one = named('one', BRANCH);
    expect((await decideFor(two(three, five))).nearest).toBe('three');
    expect((await decideFor(two(five, three))).nearest).toBe('three');
    expect((await decideFor(two(three, one, five))).nearest).toBe('one');
  });

  it('is none when there are no rules', async () => {
    const loaded = await load(
      FULL.replace('policy_id', 'last_reviewed: "2020-01-01"\nmax_age_days: "9"\npolicy_id'),
    );
    const bare = { ...loaded, policy: { ...loaded.policy, rules: [] } };
    const decision = decide(bare, identity(), {}, NOW);
    expect(decision).toMatchObject({ allow: false, rule: null, nearest: null });
    expect(decision.reasons).toMatchObject([
      { code: 'POLICY_REVIEW', rule: '', actual: '2020-01-01' },
      {
        code: 'NO_RULE',
        rule: '',
        claim: 'rules',
        expected: 'exactly one rule holds',
        actual: 'the policy has none',
      },
    ]);
  });
});

/** The rows that people read: where a clause stands, what was expected, what came. */
describe('the reasons', () => {
  const row = async (
    policy: string,
    ...rest: Parameters<typeof decideFor> extends [string, ...infer Rest] ? Rest : never
  ) => (await decideFor(policy, ...rest)).reasons[0];

  it('of the policy as a whole belong to no rule and name its key', async () => {
    for (const [claim, key] of [
      ['iss', 'issuer'],
      ['aud', 'audience'],
      ['sub', 'sub_template'],
    ] as const) {
      const reason = await row(FULL, { [claim]: 'x' });
      expect(reason).toMatchObject({ rule: '', claim, actual: 'x' });
      expect(reason?.fix).toContain(`Policy: \`${key}\`.`);
      expect(reason).not.toHaveProperty('line');
    }
  });

  it('of the deny list name the list, and nothing of what is on it', async () => {
    const reason = await row(deny('actor_id: ["583231"]'));
    expect(reason).toMatchObject({
      rule: '',
      expected: 'a value that is not on the deny list',
      actual: '583231',
    });
    expect(reason?.fix).toContain('Policy: `deny.actor_id`.');
  });

  it('of a deny list that is empty are none, even when the claim cannot be read', async () => {
    const unread = { actor_id: undefined, job_workflow_sha: 7 };
    expect((await decideFor(SMALLEST, unread)).allow).toBe(true);
    expect((await decideFor(`${SMALLEST}deny: { actor_id: [], job_workflow_sha: [] }\n`, unread)).allow).toBe(
      true,
    );
  });

  it('of a policy that is over say until when it held', async () => {
    const expired = await row(FULL, {}, {}, new Date('2027-03-01T00:00:00Z'));
    expect(expired).toMatchObject({
      code: 'POLICY_EXPIRED',
      rule: '',
      claim: 'time',
      expected: 'at most 2027-02-01T00:00:00Z',
      actual: '2027-03-01T00:00:00.000Z',
    });
    expect(expired?.fix).toContain('Policy: `not_after`.');
    expect(await row(FULL, {}, {}, new Date('never'))).toMatchObject({ actual: '(no time)' });
  });

  it('of a review stand at the rule, or at no rule when the policy is meant', async () => {
    const review = 'last_reviewed: "2020-01-01"\n    max_age_days: "9"';
    const rule = await row(FULL.replace('    grants: [', `    ${review}\n    grants: [`));
    expect(rule).toMatchObject({
      code: 'RULE_REVIEW',
      rule: 'prod',
      claim: 'time',
      actual: '2020-01-01',
      line: 25,
    });
    expect(rule?.fix).toContain('Policy: `last_reviewed`, line 25.');
    const whole = await row(FULL.replace('issuer:', `${review.replace('    ', '')}\nissuer:`));
    expect(whole).toMatchObject({ code: 'POLICY_REVIEW', rule: '', actual: '2020-01-01' });
    expect(whole).not.toHaveProperty('line');
  });

  it('of a clause stand at its line, those of the repository at its entry', async () => {
    expect(await row(FULL, { event_name: 'release' })).toMatchObject({ rule: 'prod', line: 18 });
    expect(await row(FULL, { repository: 'octo-org/other' })).toMatchObject({ rule: 'prod', line: 9 });
    expect(await row(SMALLEST, { event_name: 'release' })).toMatchObject({
      line: (await load(SMALLEST)).policy.rules[0]?.line,
    });
  });

  it('of the count of rules belong to none', async () => {
    const { reasons } = await decideFor(FULL, { event_name: 'release' });
    expect(reasons.at(-1)).toMatchObject({
      ...{ code: 'NO_RULE', rule: '', claim: 'rules', line: 13 },
      ...{ expected: 'exactly one rule holds', actual: 'none of 1; the nearest is prod' },
    });
    expect(reasons.at(-1)?.fix).toContain('Policy: `rules`, line 13.');
    const twice = (await decideFor(`${FULL}${RULE.replace('id: prod', 'id: again')}`)).reasons;
    expect(twice).toMatchObject([{ code: 'AMBIGUOUS', rule: '', line: 34 }]);
  });

  it('of sub show each shape that would do, cut when it is long', async () => {
    const both = await row(SMALLEST, { sub: 'x' });
    expect(both?.expected).toBe(
      'repo:octo-org/jaffle-shop:environment:prod or repo:octo-org@123456/jaffle-shop@456789:environment:prod',
    );
    const unread = (await decideFor(SMALLEST, { sub: 'x', repository: 'x' })).reasons;
    expect(unread.find(({ claim }) => claim === 'sub')?.expected).toBe('a value built from the other claims');
    const long = (await decideFor(FULL, { sub: 'x', environment: 'p'.repeat(600) })).reasons;
    expect(long.find(({ claim }) => claim === 'sub')?.expected).toHaveLength(501);
  });

  it('of the environment that was asked for show both', async () => {
    const asked = async (environment: string, claim: unknown) =>
      (await decideFor(FULL, { environment: claim }, { environment })).reasons.find(
        ({ code }) => code === 'REQUESTED_ENVIRONMENT',
      );
    expect(await asked('dev', 'prod')).toMatchObject({
      claim: 'environment',
      expected: 'dev',
      actual: 'prod',
    });
    expect((await asked('dev', 'prod'))?.fix).not.toContain('Policy:');
    expect(await asked('dev', undefined)).toMatchObject({ actual: '(absent)' });
    expect(await asked('d'.repeat(201), 'p'.repeat(201))).toMatchObject({
      expected: `${'d'.repeat(200)}…`,
      actual: `${'p'.repeat(200)}…`,
    });
    // A claim that is no text is never the one that was asked for, whatever word stands for it.
    expect(await asked('object', ['prod'])).toMatchObject({ actual: '["prod"]' });
    expect(await asked('PROD', 'prod')).toBeUndefined();
  });

  it('of an allowance are none, and nothing else is said', async () => {
    const decision = await decideFor(FULL);
    expect(Object.keys(decision)).toEqual([
      'allow',
      'rule',
      'nearest',
      'reasons',
      'policySha256',
      'policySource',
    ]);
  });
});
