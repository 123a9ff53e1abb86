import { PassportError } from '../errors.ts';
import type { Decision } from './decision.ts';
import type { LoadedPolicy, Rule } from './policy.ts';

/**
 * The rule that allows the run.
 * @throws ERR_POLICY_DENIED when the decision denies: with the first reason's code, what was expected
 * against what came, what to change, and the line of the policy
 */
export function allowedRule(loaded: LoadedPolicy, decision: Decision): Rule {
  const rule = loaded.policy.rules.find(({ id }) => id === decision.rule);
  if (decision.allow && rule && decision.policySha256 === loaded.sha256) return rule;
  const [first, ...others] = decision.reasons;
  if (first === undefined) throw new PassportError('ERR_INTERNAL', 'the decision is not one of this policy');
  const more = others.filter(({ code }) => code !== 'NO_RULE').length;
  throw new PassportError(
    'ERR_POLICY_DENIED',
    `${first.claim}: expected ${first.expected}, got ${first.actual}${more > 0 ? ` (and ${more} more)` : ''}`,
    {
      reason: first.code,
      hint: `${first.cause} ${first.fix}`,
      place: { file: loaded.source, ...(first.line !== undefined && { line: first.line }) },
    },
  );
}
