import type { BigQueryGrant } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import type { Principal, Way } from './principals.ts';

/** An attribute of a provider that IAM bindings name tokens by. */
export interface MemberAttribute {
  readonly name: 'grant' | 'workflow_grant';
  /** What it is made of, in CEL. */
  readonly expression: string;
  /** What the rule's tokens have there. */
  readonly values: readonly string[];
}

/**
 * What names the rule's tokens as narrowly as it can. Free text stands at the end of a value, so that no name of an
 * environment can make up the part before it.
 */
export function memberAttribute({ repository, environment, jobWorkflow }: Rule): MemberAttribute {
  const id = repository.repositoryId;
  if (jobWorkflow === undefined) return { ...WIDE, values: [`${id}/${environment.name}`] };
  return {
    name: 'workflow_grant',
    expression: 'assertion.repository_id + "/" + assertion.job_workflow_sha + "/" + assertion.environment',
    values: jobWorkflow.sha.map((sha) => `${id}/${sha}/${environment.name}`),
  };
}

/** What every token of the rule can be named by. */
export const WIDE: Omit<MemberAttribute, 'values'> = {
  name: 'grant',
  expression: 'assertion.repository_id + "/" + assertion.environment',
};

/** The pool of a provider: bindings name tokens of a pool, whichever of its providers they came by. */
export function poolOf({ provider }: BigQueryGrant): string {
  return provider.split('/providers/')[0] ?? '';
}

/** Ways by pool, repository and environment, which is what a binding can always tell apart. */
export type Places = ReadonlyMap<string, readonly Way[]>;

export function placesOf(principals: readonly Principal[]): Places {
  return Map.groupBy(
    principals.flatMap(({ ways }) => ways),
    placeOf,
  );
}

/** Every way to a principal of Google, with those that were meant for another. */
export function googleWays(principal: Principal, all: readonly Principal[]): readonly Way[] {
  return [...principal.ways, ...strayWays(principal, placesOf(all))];
}

/**
 * The ways of other principals that open this one too: bindings cannot tell apart the tokens of two rules for the same
 * repository and environment (and commit of the reusable workflow) in one pool.
 */
export function strayWays({ ways }: Principal, places: Places): readonly Way[] {
  return ways.flatMap((way) => {
    const near = places.get(placeOf(way)) ?? [];
    return near.filter((other) => !ways.includes(other)).flatMap((other) => narrowed(other, way));
  });
}

/** The part of another way whose tokens have the attribute that this one's binding names; none when it has no such. */
function narrowed(other: Way, { rule }: Way): readonly Way[] {
  if (rule.jobWorkflow === undefined) return [other];
  const named = rule.jobWorkflow.sha;
  const { jobWorkflow } = other.rule;
  const values = jobWorkflow === undefined ? named : named.filter((sha) => jobWorkflow.sha.includes(sha));
  if (values.length === 0) return [];
  const rest = other.checked.filter(({ claim }) => claim !== 'job_workflow_sha');
  return [{ ...other, checked: [...rest, { claim: 'job_workflow_sha', kind: 'values', values }] }];
}

function placeOf({ rule, grant }: Way): string {
  const pool = grant.kind === 'bigquery' && poolOf(grant);
  return JSON.stringify([pool, rule.repository.repositoryId, rule.environment.name]);
}
