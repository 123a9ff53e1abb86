import { PassportError } from '../../errors.ts';
import { overlapFindings } from '../lint/overlap-check.ts';
import type { Policy } from '../policy.ts';

/**
 * Throws ERR_POLICY_INVALID when two rules hold for one token. The gate denies such a token (AMBIGUOUS); a target has no
 * "exactly one", so its trust would take the token under each of the rules.
 */
export function refuseOverlap(policy: Policy): void {
  const [first, ...more] = overlapFindings(policy);
  if (first === undefined) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more such rules`;
  throw new PassportError('ERR_POLICY_INVALID', `two rules take one token: ${first.message}${others}`, {
    hint: 'The gate denies what two rules take, and a trust could not. Make them differ in a claim: policy lint names each pair (E16).',
  });
}
