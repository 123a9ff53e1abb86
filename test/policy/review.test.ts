import { describe, expect, it } from 'vitest';
import type { Policy, Rule } from '../../src/policy/policy.ts';
import { dueMessage, notices, policyTimeMisses, ruleTimeMisses } from '../../src/policy/review.ts';
import { FULL, load } from './fixture.ts';

const REVIEW = 'last_reviewed: "2026-11-12"\n    max_age_days: "10"';
const GLASS = 'break_glass: { reason: "INC-7 in the warehouse", expires: "2026-11-23T00:00:00Z" }';
const at = (instant: string) => new Date(instant);

async function reviewed(): Promise<{ policy: Policy; rule: Rule }> {
  const text = FULL.replace('    grants: [', `    ${REVIEW}\n    ${GLASS}\n    grants: [`).replace(
    'issuer:',
    `${REVIEW.replace('    ', '')}\nissuer:`,
  );
  const { policy } = await load(text);
  const [rule] = policy.rules;
  if (rule === undefined) throw new Error('the policy has no rule');
  return { policy, rule };
}

describe('notices', () => {
  it('say what is due, by when, and the line of it', async () => {
    const { policy, rule } = await reviewed();
    const due = 'was last reviewed on 2026-11-12; after 2026-11-22 it allows nothing';
    expect(notices(policy, rule, at('2026-11-20T00:00:00Z'))).toEqual([
      { code: 'POLICY_REVIEW', message: `the policy ${due}` },
      { code: 'RULE_REVIEW', message: `rule prod ${due}`, line: rule.lines.get('max_age_days') },
      {
        code: 'BREAK_GLASS',
        message: 'break-glass until 2026-11-23T00:00:00Z: INC-7 in the warehouse',
        line: rule.lines.get('break_glass'),
      },
    ]);
    expect(rule.lines.get('break_glass')).toBe(29);
  });

  it('stand at the rule when its clause has no line', async () => {
    const { policy, rule } = await reviewed();
    const bare = { ...rule, lines: new Map() };
    const lines = notices(policy, bare, at('2026-11-20T00:00:00Z')).map(({ line }) => line);
    expect(lines).toEqual([undefined, rule.line, rule.line]);
  });

  it('are none long before, and none of a rule without terms', async () => {
    const { policy, rule } = await reviewed();
    const codes = notices(policy, rule, at('2026-11-19T00:00:00Z')).map(({ code }) => code);
    expect(codes).toEqual(['BREAK_GLASS']);
    const plain = await load(FULL);
    for (const bare of plain.policy.rules)
      expect(notices(plain.policy, bare, at('2026-11-20T00:00:00Z'))).toEqual([]);
  });
});

describe('dueMessage', () => {
  it('is given from 80 % of the days to their end', () => {
    const review = { lastReviewed: '2026-11-12', maxAgeDays: 10 };
    const given = (instant: string) => dueMessage('x', review, at(instant)) !== undefined;
    expect(given('2026-11-19T23:59:59Z')).toBe(false);
    expect(given('2026-11-20T00:00:00Z')).toBe(true);
    expect(given('2026-11-22T00:00:00Z')).toBe(true);
    expect(given('2026-11-22T00:00:01Z')).toBe(false);
    expect(dueMessage('x', undefined, at('2026-11-20T00:00:00Z'))).toBeUndefined();
  });
});

describe('what time takes away', () => {
  it('is nothing while the reviews hold and the emergency lasts', async () => {
    const { policy, rule } = await reviewed();
    for (const instant of ['2026-11-11T00:00:00Z', '2026-11-12T00:00:00Z', '2026-11-22T00:00:00Z']) {
      expect(policyTimeMisses(policy, at(instant))).toEqual([]);
      expect(ruleTimeMisses(rule, at(instant))).toEqual([]);
    }
    expect(ruleTimeMisses(rule, at('2026-11-22T23:59:59Z'))).toHaveLength(1);
  });

  it.each(['2026-11-10T23:59:59Z', '2026-11-22T00:00:01Z', 'nonsense'])(
    'is a review at %s',
    async (instant) => {
      const { policy, rule } = await reviewed();
      const texts = {
        ...{ claim: 'time', expected: 'a review in the last 10 days' },
        ...{ actual: '2026-11-12', key: 'last_reviewed' },
      };
      expect(policyTimeMisses(policy, at(instant))).toEqual([{ code: 'POLICY_REVIEW', ...texts }]);
      expect(ruleTimeMisses(rule, at(instant))[0]).toEqual({ code: 'RULE_REVIEW', ...texts });
    },
  );

  it.each([
    ['2026-11-23T00:00:00Z', '2026-11-23T00:00:00.000Z'],
    ['nonsense', '(no time)'],
  ])('is an emergency that is over at %s', async (instant, actual) => {
    const { rule } = await reviewed();
    expect(ruleTimeMisses(rule, at(instant)).at(-1)).toEqual({
      ...{ code: 'BREAK_GLASS', claim: 'time', expected: 'before 2026-11-23T00:00:00Z' },
      ...{ actual, key: 'break_glass' },
    });
  });
});
