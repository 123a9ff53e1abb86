import type { Policy } from '../policy.ts';
import type { Target } from './model.ts';
import { rendering } from './render.ts';

/** Targets that grants of a policy name; the others are rendered when somebody asks for them. */
const NAMED: readonly Target[] = ['aws', 'gcp', 'snowflake', 'databricks', 'azure'];

/** One thing of the policy that a target would refuse, or could not hold as it is meant; for the linter. */
interface TrustLimit {
  /** 1-based line in the policy file. */
  readonly line: number;
  readonly message: string;
  readonly target: Target;
}

/** Every limit of a target that the trust for this policy would exceed. */
export function trustLimits(policy: Policy): readonly TrustLimit[] {
  return NAMED.flatMap((target) => rendering(policy, target).problems)
    .filter(({ level }) => level === 'error')
    .map(({ line, message, target }) => ({ line, message, target }));
}
