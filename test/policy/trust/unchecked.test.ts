import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { POLICY_CLAIMS, type TrustOptions } from '../../../src/policy/trust/capability.ts';
import type { Target } from '../../../src/policy/trust/model.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { uncheckedBy, uncheckedRows } from '../../../src/policy/trust/unchecked.ts';
import { example } from './render-example.ts';

const ACTION = 'the action, before it asks for credentials';
const SUB = 'sub, which GitHub makes of it';
const BEYOND = ['actor', 'triggering_actor', 'time', 'ttl', 'grant', 'dbt'];
const LIMIT = { instead: 'the action, which asks for no more', rules: ['athena-prod'] };

/** The rows of a target, as they would be printed. */
function rows(policy: Policy, target: Target, options: TrustOptions = {}) {
  const given = { audience: 'here', ...options };
  const principals = principalsOf(policy, target, given);
  return uncheckedRows({ policy, principals, options: given }, target);
}

async function row(
  claim: string,
  target: Target,
  ...changes: Parameters<typeof example> extends [unknown, ...infer Rest] ? Rest : never
) {
  return rows(await example('everything', ...changes), target).filter((one) => one.claim === claim);
}

/** A key of the first rule. */
const first = (key: string) => ['- id: athena-prod\n', `- id: athena-prod\n    ${key}\n`] as const;

describe('uncheckedBy', () => {
  it('names every claim that the target does not compare, then what no target does', () => {
    expect(uncheckedBy('databricks').map(({ claim }) => claim)).toEqual([
      ...POLICY_CLAIMS.slice(3),
      ...BEYOND,
    ]);
    const compared = uncheckedBy('snowflake', { claims: true }).map(({ claim }) => claim);
    expect(compared).toEqual(BEYOND);
  });

  it('says why, and what holds it instead', () => {
    const found = new Map(uncheckedBy('aws').map((one) => [one.claim, one]));
    const instead = `${ACTION}; or GitHub, when the claim is made a part of sub (include_claim_keys)`;
    const why = 'STS offers no condition key for it';
    expect(found.get('event_name')).toEqual({ claim: 'event_name', why, instead });
    expect(found.get('ref_type')).toEqual({
      claim: 'ref_type',
      why: `${why}; GitHub makes it from ref`,
      instead,
    });
    expect(found.get('actor')).toEqual({
      claim: 'actor',
      why: 'the class of an account (actor_class) is made of a list that the action holds',
      instead: ACTION,
    });
    expect(found.get('dbt')).toEqual({
      claim: 'dbt',
      why: 'target, commands and selection are no claims: a warehouse sees statements',
      instead: 'the action; in the warehouse, the rights of the role',
    });
  });
});

describe('uncheckedRows', () => {
  it('are in the order of the claims, whichever rule asks first', async () => {
    const policy = await example('everything', first('actor_class: human'));
    const found = rows({ ...policy, rules: policy.rules.toReversed() }, 'aws').map(({ claim }) => claim);
    const once = [...new Set(found)];
    const order: readonly string[] = [...POLICY_CLAIMS, ...BEYOND];
    expect(once).toEqual(order.filter((claim) => found.includes(claim)));
    expect(found).toEqual(expect.arrayContaining(['ref_type', 'actor', 'dbt']));
  });

  it('name each rule once', async () => {
    const [dbt] = await row('dbt', 'aws');
    expect(dbt?.rules).toEqual(['athena-prod', 'athena-release', 'lake', 'long']);
  });

  it('tell reasons apart', async () => {
    const open = ['sub_template: immutable', 'sub_template: [repo, context, actor_id]'] as const;
    expect(await row('sub', 'gcp', open)).toEqual([
      {
        claim: 'sub',
        why: 'the rule leaves a part of it open, so there is no closed list',
        instead: ACTION,
        rules: ['bigquery', 'bigquery-ci'],
      },
    ]);
    expect(await row('actor_id', 'vault')).toEqual([
      expect.objectContaining({
        why: 'it is a deny list, and closed lists cannot say "none of these"',
        instead: ACTION,
      }),
    ]);
    const [ref] = await row('ref', 'vault');
    expect(ref).toMatchObject({
      why: expect.stringContaining('wildcard'),
      instead: ACTION,
      rules: ['lake', 'bigquery'],
    });
  });

  it('say that a list is not compared, where one text is', async () => {
    const policy = await example(
      'everything',
      ['sub_template: immutable\n', 'sub_template: legacy\n'],
      first('event_name: { one_of: [push, schedule] }'),
    );
    const rules = policy.rules.slice(0, 1).map((rule) => ({ ...rule, grants: ['snowflake'] }));
    const found = rows({ ...policy, rules }, 'snowflake', { claims: true }).filter(
      ({ claim }) => claim === 'event_name',
    );
    expect(found).toMatchObject([
      { why: 'CLAIMS compares each claim with one text', rules: ['athena-prod'] },
    ]);
  });

  it('do not say that sub holds a claim where sub is not compared', async () => {
    const open = ['sub_template: immutable', 'sub_template: [repo, context, ref]'] as const;
    expect(await row('ref', 'vault', open)).toMatchObject([{ instead: ACTION, rules: ['lake', 'bigquery'] }]);
  });

  it('say when sub holds a claim that is not compared', async () => {
    expect(await row('repository', 'databricks')).toEqual([
      {
        claim: 'repository',
        why: 'a federation policy compares issuer, audience and one claim',
        instead: SUB,
        rules: ['databricks'],
      },
    ]);
    expect((await row('ref', 'databricks'))[0]?.instead).not.toBe(SUB);
  });

  it('are none for a rule that no trust is written for', async () => {
    const open = ['sub_template: immutable', 'sub_template: [repo, context, event_name, actor_id]'] as const;
    const [dbt] = await row('dbt', 'aws', open);
    expect(dbt?.rules).toEqual(['athena-prod']);
  });

  it.each([
    ['actor', first('actor_class: human')],
    ['time', first('break_glass: { reason: a fire drill, expires: "2027-01-01T00:00:00Z" }')],
    ['time', first('last_reviewed: "2026-11-01"\n    max_age_days: "90"')],
  ] as const)('have %s for a rule that asks for it', async (claim, change) => {
    const end = ['not_after: "2027-05-01T00:00:00Z"\n', ''] as const;
    expect(await row(claim, 'aws', end)).toEqual([]);
    const [found] = await row(claim, 'aws', end, change);
    expect(found?.rules).toEqual(['athena-prod']);
  });

  it('have time for every rule of a policy that ends, or must be reviewed', async () => {
    const end = 'not_after: "2027-05-01T00:00:00Z"\n';
    const every = ['athena-prod', 'athena-release', 'lake', 'long'];
    const [ends] = await row('time', 'aws');
    expect(ends).toEqual({
      claim: 'time',
      why: 'a trust has no end: not_after, break_glass and reviews pass it by',
      instead: `${ACTION}; take the trust away when the time is over, as the drift check says`,
      rules: every,
    });
    const [reviewed] = await row('time', 'aws', [end, 'last_reviewed: "2026-11-01"\nmax_age_days: "90"\n']);
    expect(reviewed?.rules).toEqual(every);
  });

  it('have the life of a credential, where what is written does not end it', async () => {
    const limit = (seconds: string) => first(`max_ttl_seconds: "${seconds}"`);
    const session = ['duration_seconds: "7200"\n', 'duration_seconds: "5000"\n'] as const;
    expect(await row('ttl', 'aws', session)).toEqual([]);
    expect(await row('ttl', 'aws', session, limit('5000'))).toEqual([]);
    expect(await row('ttl', 'aws', session, limit('4999'))).toEqual([
      {
        claim: 'ttl',
        why: 'what is written does not end a credential so early (max_ttl_seconds): whoever asks for it says when it ends',
        ...LIMIT,
      },
    ]);
    expect(await row('ttl', 'vault', limit('900'))).toEqual([]);
    expect(await row('ttl', 'kong', limit('900'))).toMatchObject([LIMIT]);
    expect(await row('ttl', 'kong', limit('9000'))).toMatchObject([LIMIT]);
  });

  it('have the grant of a principal that several grants share', async () => {
    const [shared, ...more] = await row('grant', 'aws');
    expect(more).toEqual([]);
    expect(shared).toEqual({
      claim: 'grant',
      why: 'one role, user or account is the principal of several grants, and has the rights of all of them',
      instead: 'the action, which uses it for the grant of the rule; or a principal for each grant',
      rules: ['athena-prod', 'athena-release', 'lake'],
    });
    expect(await row('grant', 'snowflake')).toEqual([]);
  });
});
