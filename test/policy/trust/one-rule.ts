import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { example } from './render-example.ts';

export const everything = example('everything');

/** The policy with everything, with one rule, the first, changed. */
export async function alone(change: Partial<Rule>, deny: Partial<Policy['deny']> = {}): Promise<Policy> {
  const whole = await everything;
  const [rule] = whole.rules;
  if (rule === undefined) throw new Error('the policy has no rule');
  return { ...whole, deny: { ...whole.deny, ...deny }, rules: [{ ...rule, ...change }] };
}
