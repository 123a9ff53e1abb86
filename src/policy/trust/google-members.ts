import type { BigQueryGrant } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import type { Principal, Way } from './principals.ts';

/** An attribute of a provider that IAM bindings name tokens by. */
export interface MemberAttribute {
  readonly name: 'grant' | 'workflow_grant';
  /** `attribute.<name>=<CEL>`, as in a provider's mapping. */
  readonly mapped: string;
  /** What the rule's tokens have there. */
  readonly values: readonly string[];
}

/**
 * Attributes that name the rule's tokens, the narrowest last. Free text stands at the end of a value, so that no
 * name of an environment can make up the part before it.
 */
export function memberAttributes({ repository, environment, jobWorkflow }: Rule): readonly MemberAttribute[] {
  const id = repository.repositoryId;
  const wide: MemberAttribute = {
    name: 'grant',
    mapped: 'attribute.grant=assertion.repository_id + "/" + assertion.environment',
    values: [`${id}/${environment.name}`],
  };
  if (jobWorkflow === undefined) return [wide];
  const narrow: MemberAttribute = {
    name: 'workflow_grant',
    mapped:
      'attribute.workflow_grant=assertion.repository_id + "/" + assertion.job_workflow_sha + "/" + assertion.environment',
    values: jobWorkflow.sha.map((sha) => `${id}/${sha}/${environment.name}`),
  };
  return [wide, narrow];
}

/** The pool of a provider: bindings name tokens of a pool, whichever of its providers they came by. */
export function poolOf({ provider }: BigQueryGrant): string {
  return provider.split('/providers/')[0] ?? '';
}

/**
 * Every way to a principal of Google, with those that were meant for another: bindings cannot tell apart the
 * tokens of two rules for the same repository and environment (and commit of the reusable workflow) in one pool.
 */
export function googleWays(principal: Principal, all: readonly Principal[]): readonly Way[] {
  return [...principal.ways, ...strayWays(principal, all)];
}

/** The ways of other principals that open this one too. */
export function strayWays(principal: Principal, all: readonly Principal[]): readonly Way[] {
  const others = all.filter(({ name }) => name !== principal.name).flatMap(({ ways }) => ways);
  return others.flatMap((other) =>
    principal.ways.map((way) => narrowed(other, way)).filter((way) => way !== undefined),
  );
}

/** The part of another way whose tokens have the attribute that this one's binding names. */
function narrowed(other: Way, { rule, grant }: Way): Way | undefined {
  if (grant.kind !== 'bigquery' || other.grant.kind !== 'bigquery') return undefined;
  const { repository, environment, jobWorkflow } = other.rule;
  const samePlace =
    poolOf(grant) === poolOf(other.grant) &&
    repository.repositoryId === rule.repository.repositoryId &&
    environment.name === rule.environment.name;
  if (!samePlace) return undefined;
  if (rule.jobWorkflow === undefined) return other;
  const named = rule.jobWorkflow.sha;
  const values = jobWorkflow === undefined ? named : named.filter((sha) => jobWorkflow.sha.includes(sha));
  if (values.length === 0) return undefined;
  const rest = other.checked.filter(({ claim }) => claim !== 'job_workflow_sha');
  return { ...other, checked: [...rest, { claim: 'job_workflow_sha', kind: 'values', values }] };
}
