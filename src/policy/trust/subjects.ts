import type { ClaimName, Claims } from '../../identity/claims.ts';
import { expectedSubjects } from '../../identity/subject.ts';
import type { Policy, Rule } from '../policy.ts';

/** More subjects than this are no trust that a person can review. */
const LIMIT = 32;

/**
 * Every `sub` that a token under the rule can have, in the shapes that the policy accepts; empty when the
 * template has a claim that the rule leaves open, so that no closed list exists.
 */
export function ruleSubjects({ policy, rule }: { policy: Policy; rule: Rule }): readonly string[] {
  const { subTemplate } = policy;
  const keys = typeof subTemplate === 'object' ? subTemplate : [];
  const open = keys.filter((key) => key !== 'repo' && key !== 'context');
  let tokens: readonly Claims[] = [fixedClaims(rule)];
  for (const key of open) {
    const values = openValues(rule, key);
    tokens = tokens.flatMap((claims) => values.map((value) => new Map(claims).set(key as ClaimName, value)));
  }
  const subjects = [...new Set(tokens.flatMap((claims) => expectedSubjects(claims, subTemplate)))];
  return subjects.length > LIMIT ? [] : subjects;
}

function fixedClaims({ repository, environment }: Rule): Claims {
  return new Map<ClaimName, string>([
    ['repository', repository.name],
    ['repository_owner', repository.name.split('/')[0] ?? ''],
    ['repository_id', repository.repositoryId],
    ['repository_owner_id', repository.ownerId],
    ['environment', environment.name],
  ]);
}

/** The values that the rule allows for a claim of a customised `sub`; none, or undefined, of which no `sub` is made, when it allows any. */
function openValues(rule: Rule, key: string): readonly (string | undefined)[] {
  const fixed = fixedClaims(rule).get(key as ClaimName);
  if (typeof fixed === 'string') return [fixed];
  const { ref, jobWorkflow } = rule;
  const refs = ref?.kind === 'equals' ? [ref.value] : ref?.kind === 'one-of' ? ref.values : [];
  const open: Readonly<Record<string, readonly (string | undefined)[] | undefined>> = {
    ref: refs,
    ref_protected: [rule.refProtected],
    event_name: rule.eventName,
    runner_environment: rule.runnerEnvironment,
    repository_visibility: rule.visibility,
    actor_id: rule.actorId,
    environment_node_id: [rule.environment.nodeId],
    job_workflow_ref: jobWorkflow?.sha.map((sha) => `${jobWorkflow.path}@${sha}`),
    job_workflow_sha: jobWorkflow?.sha,
  };
  return open[key] ?? [];
}

/** The claims that every `sub` of the policy says, so that comparing it compares them. */
export function claimsOfSubject({ subTemplate }: Pick<Policy, 'subTemplate'>): readonly string[] {
  if (subTemplate === 'immutable')
    return ['repository', 'repository_id', 'repository_owner_id', 'environment'];
  if (typeof subTemplate !== 'object') return ['repository', 'environment'];
  const named: Readonly<Record<string, string>> = { repo: 'repository', context: 'environment' };
  return subTemplate.map((key) => named[key] ?? key);
}
