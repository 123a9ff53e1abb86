import { PassportError } from '../errors.ts';
import type { Decision } from './decision.ts';
import { firstReason } from './explain.ts';
import type { LoadedPolicy, Rule } from './policy.ts';

/**
 * The rule that allows the run.
 * @throws ERR_POLICY_DENIED when the decision denies: with the first reason's code, what was expected
 * against what came, what to change, and the line of the policy
 */
export function allowedRule(loaded: LoadedPolicy, decision: Decision): Rule {
  const rule = loaded.policy.rules.find(({ id }) => id === decision.rule);
  if (decision.allow && rule && decision.policySha256 === loaded.sha256) return rule;
  const [first] = decision.reasons;
  if (first === undefined) throw new PassportError('ERR_INTERNAL', 'the decision is not one of this policy');
  throw new PassportError('ERR_POLICY_DENIED', firstReason(first, decision), {
    reason: first.code,
    hint: `${first.cause} ${first.fix}${decision.audit === undefined ? '' : ` ${STOPS_IN_AUDIT}`}`,
    place: { file: loaded.source, ...(first.line !== undefined && { line: first.line }) },
  });
}

const STOPS_IN_AUDIT =
  'The policy is in audit mode, which lets only a run go on that one rule alone is for, by repository and environment; and only past clauses of rules (docs/policy.md#audit-mode).';
