import type { Policy } from '../policy.ts';
import type { Target } from '../trust/model.ts';
import { principalsOf } from '../trust/principals.ts';

/** Targets that a grant can name; Vault, Keycloak and Kong stand in no grant, they are for whoever has them. */
const NAMED = ['aws', 'gcp', 'snowflake', 'databricks', 'azure'] as const satisfies readonly Target[];

/** The targets that hand out something for the policy's grants: what `policy render` has something to say for. */
export function grantedTargets(policy: Policy): readonly Target[] {
  return NAMED.filter((target) => principalsOf(policy, target).length > 0);
}
