import type { Claims } from '../identity/claims.ts';
import type { People } from '../identity/people.ts';
import { auditedUnder, type Decision, type ReasonCode } from './decision.ts';
import { misses, reading, rulesInPlace } from './match.ts';
import type { LoadedPolicy, Policy, Rule } from './policy.ts';

/** What concerns the whole policy, or more than one rule: with one of these, audit mode lets nothing go on. */
export const NEVER_AUDITED: readonly string[] = [
  'POLICY_EXPIRED',
  'DENY_LIST',
  'ISSUER',
  'AUDIENCE',
  'SUB_SHAPE',
  'REQUESTED_ENVIRONMENT',
  'AMBIGUOUS',
] satisfies readonly ReasonCode[];

/** A claim that cannot be read is nothing that a roll-out has to get used to. */
const NEVER: readonly ReasonCode[] = ['CLAIM_TYPE', 'CLAIM_CHARSET'];

/**
 * The one rule that a denied run may go on under while the policy is in audit mode; null when there is none. It is the
 * only rule for the ids of the repository and for the environment, so there is no doubt which one was meant; what is
 * wrong is another clause of it. A break-glass rule is never one. See docs/decisions/0006-audit-mode.md.
 */
export function auditRule({ rules }: Policy, claims: Claims, people?: People): Rule | null {
  const meant = rulesInPlace(rules, reading(claims));
  const [only] = meant;
  if (only === undefined || meant.length > 1 || only.breakGlass !== undefined) return null;
  return misses(only, claims, people).some(({ code }) => NEVER.includes(code)) ? null : only;
}

/**
 * The rule for a run that was denied in audit mode, with the job's own credentials whatever the rule says: a denial never
 * leads to federated ones. Undefined when the run must stop.
 */
export function auditedRule(loaded: LoadedPolicy, decision: Decision): Rule | undefined {
  const id = auditedUnder(decision);
  if (loaded.policy.mode !== 'audit' || decision.policySha256 !== loaded.sha256) return undefined;
  const rule = loaded.policy.rules.find((candidate) => candidate.id === id);
  return rule && { ...rule, credentials: 'ambient' };
}
