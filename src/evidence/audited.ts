import { auditedUnder } from '../policy/decision.ts';

interface Outcome {
  readonly status: string;
  readonly decision?: (Parameters<typeof auditedUnder>[0] & { readonly breakGlass?: unknown }) | undefined;
}

/**
 * The rule under whose limits a run went on although the policy denied it; null for every other run, also for one that was
 * denied after that for what its command would touch. For a record and for its predicate.
 */
export function auditedBy({ status, decision }: Outcome): string | null {
  return status === 'denied' ? null : auditedUnder(decision);
}

/** What the policy made of a run: `audited` is denied, and went on. `none`: it ended before that. */
export const DECISION_KINDS = ['allowed', 'break-glass', 'audited', 'denied', 'none'] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

export function decisionKind(outcome: Outcome): DecisionKind {
  const { decision } = outcome;
  if (decision === undefined) return 'none';
  if (decision.allow) return decision.breakGlass === undefined ? 'allowed' : 'break-glass';
  return auditedBy(outcome) === null ? 'denied' : 'audited';
}
