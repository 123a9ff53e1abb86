import type { Policy } from '../policy.ts';
import type { TrustOptions } from './capability.ts';
import { googleWays } from './google-members.ts';
import type { Alternative, Target, TrustClause, TrustModel } from './model.ts';
import { principalsOf } from './principals.ts';

/**
 * What the target will compare before it hands out the grant's principal: the part of the policy that the target can
 * check, for every rule and every grant that lead to that principal. Equal to what `renderTrust` writes.
 * Throws ERR_INPUT_INVALID when no grant names the audience and the options do not either.
 */
export function modelOf(
  policy: Policy,
  target: Target,
  grant: string,
  options: TrustOptions = {},
): TrustModel {
  const principals = principalsOf(policy, target, options);
  const meant = principals.filter(({ ways }) => ways.some(({ grantName }) => grantName === grant));
  const ways = meant.flatMap((principal) =>
    target === 'gcp' ? googleWays(principal, principals) : principal.ways,
  );
  return ways.flatMap(({ checked, checker }) => (closed(checked, checker) ? [alternative(checked)] : []));
}

/** Without a closed list of subjects no trust is written for a target that finds its principal by the subject. */
export function closed(checked: readonly TrustClause[], target: Target): boolean {
  return target === 'gcp' || target === 'vault' || checked.some(({ claim }) => claim === 'sub');
}

function alternative(clauses: readonly TrustClause[]): Alternative {
  return new Map(clauses.map(({ claim, ...accepted }) => [claim, accepted]));
}
