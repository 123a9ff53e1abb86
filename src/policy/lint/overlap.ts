import { ACTOR_CLASSES, type ActorClass, AGENT_IDS } from '../../identity/actor-class.ts';
import { asciiLower, type ClaimName } from '../../identity/claims.ts';
import type { Rule } from '../policy.ts';
import { commonRef, someRef } from './ref-overlap.ts';

/** Claims that show something, as text. */
export type Witness = ReadonlyMap<ClaimName, string>;

/** An account of each class, for a witness. */
const ACCOUNTS: Readonly<Record<ActorClass, string>> = {
  human: 'octocat',
  app: 'octo-app[bot]',
  agent: 'copilot-swe-agent[bot]',
};

/**
 * Claims that two rules both hold for; undefined when no token can have them. Exact, because every clause is a finite
 * set or a pattern of refs: clauses of different claims do not depend on each other, but for `actor_id` and `actor_class`.
 */
export function witnessOf(a: Rule, b: Rule): Witness | undefined {
  return placeKey(a) === placeKey(b) ? witnessInPlace(a, b) : undefined;
}

/** The same for rules that are known to be of one place. */
export function witnessInPlace(a: Rule, b: Rule): Witness | undefined {
  const claims = new Map<ClaimName, string>(place(a));
  const meet =
    common(claims, 'environment_node_id', list(a.environment.nodeId), list(b.environment.nodeId)) &&
    common(claims, 'ref_protected', list(a.refProtected), list(b.refProtected)) &&
    common(claims, 'event_name', a.eventName, b.eventName) &&
    common(claims, 'runner_environment', a.runnerEnvironment, b.runnerEnvironment) &&
    common(claims, 'repository_visibility', a.visibility, b.visibility) &&
    common(claims, 'job_workflow_ref', list(a.jobWorkflow?.path), list(b.jobWorkflow?.path)) &&
    common(claims, 'job_workflow_sha', a.jobWorkflow?.sha, b.jobWorkflow?.sha) &&
    actor(claims, a, b) &&
    // Last, because patterns take the longest.
    ref(claims, a, b);
  if (!meet) return undefined;
  const [path, sha] = [claims.get('job_workflow_ref'), claims.get('job_workflow_sha')];
  if (path !== undefined) claims.set('job_workflow_ref', `${path}@${sha}`);
  return claims;
}

/** What two rules must share before anything else is looked at. */
export function placeKey({ repository, environment }: Rule): string {
  const { repositoryId, ownerId, name } = repository;
  return [repositoryId, ownerId, asciiLower(name), asciiLower(environment.name)].join('\n');
}

function place({ repository, environment }: Rule): readonly (readonly [ClaimName, string])[] {
  return [
    ['repository', repository.name],
    ['repository_id', repository.repositoryId],
    ['repository_owner_id', repository.ownerId],
    ['environment', environment.name],
  ];
}

/** Whether two closed sets share a value, which is noted; a set that is absent takes every value. */
function common(
  claims: Map<ClaimName, string>,
  claim: ClaimName,
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): boolean {
  const set = a ?? b;
  if (set === undefined) return true;
  const value = set.find((candidate) => b?.includes(candidate) ?? true);
  if (value === undefined) return false;
  claims.set(claim, value);
  return true;
}

function ref(claims: Map<ClaimName, string>, { ref: a }: Rule, { ref: b }: Rule): boolean {
  const only = a ?? b;
  if (only === undefined) return true;
  const value = a && b ? commonRef(a, b) : someRef(only);
  if (value === undefined) return false;
  claims.set('ref', value);
  claims.set('ref_type', value.startsWith('refs/tags/') ? 'tag' : 'branch');
  return true;
}

/** An id of a known agent is always an agent; any other id can be an account of each class. */
function actor(claims: Map<ClaimName, string>, a: Rule, b: Rule): boolean {
  if ([a, b].every(({ actorId, actorClass }) => !actorId && !actorClass)) return true;
  const ids = (a.actorId ?? b.actorId)?.filter((id) => b.actorId?.includes(id) ?? true);
  if (ids?.length === 0) return false;
  const classes = ACTOR_CLASSES.filter((name) =>
    [a, b].every(({ actorClass }) => actorClass?.includes(name) ?? true),
  );
  const choices = (ids ?? ['1']).flatMap((id) =>
    classes.filter((name) => name === 'agent' || !AGENT_IDS.includes(id)).map((name) => [id, name] as const),
  );
  const constrained = a.actorClass !== undefined || b.actorClass !== undefined;
  const [choice] = constrained ? choices : [[ids?.[0] ?? '1', 'human'] as const];
  if (choice === undefined) return false;
  claims.set('actor_id', choice[0]);
  claims.set('actor', ACCOUNTS[choice[1]]);
  return true;
}

function list(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}
