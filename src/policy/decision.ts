/** Why a clause failed; the names of the attack suite and of the semantics in docs/policy.md. */
export const REASON_CODES = [
  'NO_RULE',
  'AMBIGUOUS',
  'DENY_LIST',
  'POLICY_EXPIRED',
  'POLICY_REVIEW',
  'RULE_REVIEW',
  'BREAK_GLASS',
  'ISSUER',
  'AUDIENCE',
  'SUB_SHAPE',
  'CLAIM_MISSING',
  'CLAIM_TYPE',
  'CLAIM_CHARSET',
  'REPOSITORY',
  'REPO_ID',
  'OWNER_ID',
  'ENVIRONMENT',
  'ENV_NODE_ID',
  'REF',
  'REF_PROTECTED',
  'EVENT',
  'RUNNER',
  'VISIBILITY',
  'JOB_WORKFLOW',
  'ACTOR',
  'ACTOR_CLASS',
  'RERUN_UNVERIFIED',
  'REQUESTED_ENVIRONMENT',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** One clause that did not hold: a row of the table *claim · token · rule · verdict · likely cause · fix*. */
export interface Reason {
  readonly code: ReasonCode;
  /** Rule the clause belongs to; empty for what concerns the whole policy. */
  readonly rule: string;
  /** Claim or request value that was looked at; `triggering_actor…` for whoever started a re-run. */
  readonly claim: string;
  readonly expected: string;
  /** What the token has, or GitHub's API said; already plain text. */
  readonly actual: string;
  readonly cause: string;
  readonly fix: string;
  /** 1-based line in the policy file. */
  readonly line?: number;
}

/** Something that is still allowed and will not be for long, or that people must see. */
export interface Notice {
  readonly code: 'POLICY_REVIEW' | 'RULE_REVIEW' | 'BREAK_GLASS';
  readonly message: string;
  /** 1-based line in the policy file. */
  readonly line?: number;
}

/** The outcome of the policy for one identity: plain data, the same for the gate, `explain` and the evidence. */
export interface Decision {
  readonly allow: boolean;
  /** The rule that matched; null when denied. */
  readonly rule: string | null;
  /** The rule that came nearest; null when allowed, or when no rule is near. */
  readonly nearest: string | null;
  /** Empty when allowed. For the nearest rule, every clause that failed. */
  readonly reasons: readonly Reason[];
  /** What people should see of a run that is allowed: a review that is due, break-glass. Absent when there is nothing. */
  readonly notices?: readonly Notice[];
  /** The emergency that an allowing rule is for. */
  readonly breakGlass?: { readonly reason: string; readonly expires: string };
  /**
   * Set when a policy in audit mode denies. `rule` is the one that the run may go on under, with the job's own
   * credentials and never with federated ones; null when it may not go on at all.
   */
  readonly audit?: { readonly rule: string | null };
  readonly policySha256: string;
  readonly policySource: string;
}

/**
 * The rule under whose limits audit mode lets a denied run go on; null for an allowed run, and for a denied one that stops.
 * Takes the decision of a record, too.
 */
export function auditedUnder(decision: Pick<Decision, 'allow' | 'audit'> | undefined): string | null {
  return decision?.allow === false ? (decision.audit?.rule ?? null) : null;
}

/** What the caller asks for. It can only narrow. */
export interface AccessRequest {
  /** The `environment` input, when given: must equal the token's claim. */
  readonly environment?: string;
}
