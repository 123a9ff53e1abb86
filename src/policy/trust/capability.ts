import type { ClaimName } from '../../identity/claims.ts';
import type { Accepted, Target } from './model.ts';

/** How a trust is written, where the policy alone does not say. */
export interface TrustOptions {
  /** Audience of the token, for targets that no grant of the policy names. */
  readonly audience?: string;
  /** Application of Microsoft Entra that the rules may act as, for policies without a grant for it. */
  readonly principal?: string;
  /** Only the principal of this grant, with every rule that leads to it. */
  readonly grant?: string;
  /** Snowflake: compare further claims (`CLAIMS`); not verified, and not available on every account. */
  readonly claims?: boolean;
  /** Azure: flexible credentials (preview), which compare `job_workflow_ref` too. */
  readonly flexible?: boolean;
}

/** What a target can compare with a token, and why not more. */
export interface Capability {
  readonly claims: readonly ClaimName[];
  readonly kinds: readonly Accepted['kind'][];
  /** Claims, besides issuer, audience and subject, may have one value each. */
  readonly single?: true;
  /** Why it checks nothing else, and what holds that instead. */
  readonly why: string;
  readonly instead: string;
  /** The same for single claims, where the reason is another. */
  readonly notes?: Partial<Record<ClaimName, string>>;
}

/** Every claim that a policy can ask something of, in the order in which people look. */
export const POLICY_CLAIMS = [
  'iss',
  'aud',
  'sub',
  'repository',
  'repository_id',
  'repository_owner_id',
  'environment',
  'environment_node_id',
  'ref',
  'ref_type',
  'ref_protected',
  'event_name',
  'runner_environment',
  'repository_visibility',
  'job_workflow_ref',
  'job_workflow_sha',
  'actor_id',
] as const satisfies readonly ClaimName[];

/** What holds a clause that no system compares. */
export const ACTION = 'the action, before it asks for credentials';
const IN_SUB = `${ACTION}; or GitHub, when the claim is made a part of sub (include_claim_keys)`;
/** What every target compares. */
export const THREE: readonly ClaimName[] = ['iss', 'aud', 'sub'];

/**
 * One row for each target. Sources: AWS, "Available keys for AWS OIDC federation"; Google Cloud, "Manage workload identity
 * pools and providers"; Snowflake, CREATE USER (WORKLOAD_IDENTITY); Databricks, "Configure a federation policy";
 * Microsoft, "Flexible federated identity credentials"; Vault, "JWT/OIDC auth method (API)", bound_claims.
 */
const CAPABILITIES: Readonly<Record<Target, Capability>> = {
  aws: {
    claims: [
      ...THREE,
      'repository',
      'repository_id',
      'repository_owner_id',
      'environment',
      'ref',
      'job_workflow_ref',
      'actor_id',
    ],
    kinds: ['values'],
    why: 'STS offers no condition key for it',
    instead: IN_SUB,
    notes: {
      ref_type: 'STS offers no condition key for it; GitHub makes it from ref',
      ref: 'the only wildcard of IAM (StringLike) crosses every separator, so a pattern is not written',
      job_workflow_sha:
        'STS offers no condition key for it; job_workflow_ref is compared with the commit in it',
    },
  },
  gcp: {
    claims: POLICY_CLAIMS,
    kinds: ['values', 'prefix', 'pattern', 'except'],
    why: 'the rule leaves a part of it open, so there is no closed list',
    instead: 'the claims that it is made of, which are compared one by one',
  },
  snowflake: {
    claims: THREE,
    kinds: ['values'],
    why: 'Snowflake compares issuer, subject and audience',
    instead: IN_SUB,
  },
  databricks: {
    claims: THREE,
    kinds: ['values'],
    why: 'a federation policy compares issuer, audience and one claim',
    instead: IN_SUB,
  },
  azure: {
    claims: THREE,
    kinds: ['values'],
    why: 'a federated identity credential compares issuer, subject and audience',
    instead: IN_SUB,
  },
  vault: {
    claims: POLICY_CLAIMS,
    kinds: ['values'],
    why: 'bound_claims of type string are closed lists of texts',
    instead: ACTION,
    notes: {
      ref: 'the wildcard of bound_claims_type glob crosses every separator, so a pattern is not written',
    },
  },
  keycloak: {
    claims: THREE,
    kinds: ['values'],
    why: 'a federated client compares issuer, subject and audience, and jwt-claim-enforcer does not see client assertions',
    instead: IN_SUB,
  },
  kong: {
    claims: POLICY_CLAIMS,
    kinds: ['values', 'pattern', 'except'],
    why: 'the function before the jwt plugin does not compare it',
    instead: ACTION,
  },
};

/** What a target can check with the options that were chosen. */
export function capabilityOf(target: Target, options: TrustOptions = {}): Capability {
  const base = CAPABILITIES[target];
  if (target === 'snowflake' && options.claims) {
    return { ...base, claims: POLICY_CLAIMS, single: true, why: 'CLAIMS compares each claim with one text' };
  }
  if (target === 'azure' && options.flexible) {
    return {
      ...base,
      claims: [...THREE, 'job_workflow_ref'],
      why: 'a flexible credential compares subject and job_workflow_ref',
    };
  }
  return base;
}
