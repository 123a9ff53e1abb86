import type { Notice } from './decision.ts';
import type { Miss } from './match.ts';
import type { Policy, Review, Rule } from './policy.ts';

const DAY = 86_400_000;
/** The part of `max_age_days` after which a review is announced as due. */
const DUE = 0.8;

/**
 * What the time takes away from a policy: a review that is too old. Time only ever denies: a rule that is over still
 * counts when the rules that hold are counted.
 */
export function policyTimeMisses({ review }: Policy, now: Date): readonly Miss[] {
  return reviewMiss('POLICY_REVIEW', review, now);
}

/** What the time takes away from a rule: a review that is too old, a break-glass rule that is over. */
export function ruleTimeMisses(rule: Rule, now: Date): readonly Miss[] {
  return [...reviewMiss('RULE_REVIEW', rule.review, now), ...breakGlassMiss(rule, now)];
}

/** What people should see about a rule that allows a run. */
export function notices(policy: Policy, rule: Rule, now: Date): readonly Notice[] {
  const line = (key: string) => rule.lines.get(key) ?? rule.line;
  const found: Notice[] = [];
  const whole = dueMessage('the policy', policy.review, now);
  if (whole !== undefined) found.push({ code: 'POLICY_REVIEW', message: whole });
  const own = dueMessage(`rule ${rule.id}`, rule.review, now);
  if (own !== undefined) found.push({ code: 'RULE_REVIEW', message: own, line: line('max_age_days') });
  if (rule.breakGlass !== undefined) {
    const message = `break-glass until ${rule.breakGlass.expires}: ${rule.breakGlass.reason}`;
    found.push({ code: 'BREAK_GLASS', message, line: line('break_glass') });
  }
  return found;
}

/** That a review is due soon, in words; undefined when it is not, or when it is too late for that. */
export function dueMessage(what: string, review: Review | undefined, now: Date): string | undefined {
  if (review === undefined) return undefined;
  const age = ageInDays(review, now);
  if (age < review.maxAgeDays * DUE || age > review.maxAgeDays) return undefined;
  return `${what} was last reviewed on ${review.lastReviewed}; after ${lastDay(review)} it allows nothing`;
}

function reviewMiss(
  code: 'POLICY_REVIEW' | 'RULE_REVIEW',
  review: Review | undefined,
  now: Date,
): readonly Miss[] {
  if (review === undefined || holds(review, now)) return [];
  const expected = `a review in the last ${review.maxAgeDays} days`;
  return [{ code, claim: 'time', expected, actual: review.lastReviewed, key: 'last_reviewed' }];
}

/** A day in the future is no review; one day is left for places where it is already tomorrow. */
function holds(review: Review, now: Date): boolean {
  const age = ageInDays(review, now);
  return age >= -1 && age <= review.maxAgeDays;
}

function ageInDays({ lastReviewed }: Review, now: Date): number {
  return (now.getTime() - Date.parse(lastReviewed)) / DAY;
}

function lastDay({ lastReviewed, maxAgeDays }: Review): string {
  return new Date(Date.parse(lastReviewed) + maxAgeDays * DAY).toISOString().slice(0, 10);
}

function breakGlassMiss({ breakGlass: glass }: Rule, now: Date): readonly Miss[] {
  if (glass === undefined || now.getTime() < Date.parse(glass.expires)) return [];
  const actual = Number.isNaN(now.getTime()) ? '(no time)' : now.toISOString();
  return [
    { code: 'BREAK_GLASS', claim: 'time', expected: `before ${glass.expires}`, actual, key: 'break_glass' },
  ];
}
