import { type ClaimName, sameName } from '../../identity/claims.ts';
import type { Policy, Rule } from '../policy.ts';
import { type Capability, THREE } from './capability.ts';
import { acceptsText, type TrustClause } from './model.ts';
import { ruleSubjects } from './subjects.ts';

/** One rule of a policy, for which a trust is written. */
export interface TrustScope {
  readonly policy: Policy;
  readonly rule: Rule;
}

/** The trust that a cloud should hold for one rule and one grant. */
export interface CloudTrust {
  /** What this cloud compares with the token. */
  readonly checked: readonly TrustClause[];
  /** What the rule asks for and this cloud cannot check: the action alone does. */
  readonly unchecked: readonly TrustClause[];
  /** Ready to be pasted; empty when no exact trust can be written. */
  readonly statement: string;
}

/** Everything that the rule asks of a token, with the audience that the grant uses, in the order in which people look. */
export function ruleClauses({ policy, rule }: TrustScope, audience: string): readonly TrustClause[] {
  const { repository, environment, jobWorkflow } = rule;
  const { deny } = policy;
  return [
    oneOf('iss', [policy.issuer]),
    oneOf('aud', [audience]),
    oneOf('sub', ruleSubjects({ policy, rule })),
    oneOf('repository', [repository.name]),
    oneOf('repository_id', [repository.repositoryId]),
    oneOf('repository_owner_id', [repository.ownerId]),
    oneOf('environment', [environment.name]),
    oneOf('environment_node_id', environment.nodeId === undefined ? undefined : [environment.nodeId]),
    refClause(rule),
    refTypeClause(rule),
    oneOf(
      'job_workflow_ref',
      jobWorkflow?.sha.map((sha) => `${jobWorkflow.path}@${sha}`),
    ),
    oneOf('job_workflow_sha', jobWorkflow?.sha) ?? except('job_workflow_sha', deny.jobWorkflowSha),
    oneOf('ref_protected', rule.refProtected && [rule.refProtected]),
    oneOf('event_name', rule.eventName),
    oneOf('runner_environment', rule.runnerEnvironment),
    oneOf('repository_visibility', rule.visibility),
    oneOf('actor_id', rule.actorId) ?? except('actor_id', deny.actorId),
  ].filter((clause) => clause !== undefined);
}

/** The clauses that a cloud can check, and the others. */
export function divided(
  clauses: readonly TrustClause[],
  capability: Capability,
): Pick<CloudTrust, 'checked' | 'unchecked'> {
  return {
    checked: clauses.filter((clause) => checks(capability, clause)),
    unchecked: clauses.filter((clause) => !checks(capability, clause)),
  };
}

/** Whether the target compares the clause. A list without values is one that nobody could write down. */
function checks({ claims, kinds, single }: Capability, clause: TrustClause): boolean {
  if (!claims.includes(clause.claim) || !kinds.includes(clause.kind)) return false;
  if (clause.kind !== 'values') return true;
  const one = single === true && !THREE.includes(clause.claim);
  return one ? clause.values.length === 1 : clause.values.length > 0;
}

/** Whether a cloud that holds the clause takes the value. */
export function accepts(clause: TrustClause, value: string): boolean {
  return acceptsText(clause.claim, clause, value);
}

/** Whether the value would be taken if letters of another case were the same. */
export function acceptsInAnotherCase(clause: TrustClause, value: string): boolean {
  return clause.kind === 'values' && clause.values.some((wanted) => sameName(wanted, value));
}

/** What the clause wants, in words. */
export function wanted(clause: TrustClause): string {
  if (clause.kind === 'values') return clause.values.join(' or ');
  if (clause.kind === 'except') return `none of ${clause.values.join(', ')}`;
  return clause.kind === 'pattern' ? clause.pattern : `${clause.prefix}…`;
}

/** The values of a claim that is compared with a closed list; none for a pattern. */
export function valuesOf(clauses: readonly TrustClause[], claim: ClaimName): readonly string[] {
  return clauses.flatMap((clause) =>
    clause.claim === claim && clause.kind === 'values' ? clause.values : [],
  );
}

function oneOf(claim: ClaimName, values: readonly string[] | undefined): TrustClause | undefined {
  return values === undefined ? undefined : { claim, kind: 'values', values };
}

function except(claim: ClaimName, values: readonly string[]): TrustClause | undefined {
  return values.length === 0 ? undefined : { claim, kind: 'except', values };
}

function refClause({ ref }: Rule): TrustClause | undefined {
  if (ref === undefined) return undefined;
  if (ref.kind === 'glob') return { claim: 'ref', kind: 'pattern', pattern: ref.pattern };
  return oneOf('ref', ref.kind === 'equals' ? [ref.value] : ref.values);
}

/** A tag named like a branch is not that branch. */
function refTypeClause({ ref }: Rule): TrustClause | undefined {
  const types = refTypes(ref);
  return types.length === 0 ? undefined : oneOf('ref_type', types);
}

/** The types of ref that a rule takes; none when it takes any. */
export function refTypes(ref: Rule['ref']): readonly ('branch' | 'tag')[] {
  if (ref === undefined) return [];
  const written = ref.kind === 'one-of' ? ref.values : [ref.kind === 'equals' ? ref.value : ref.pattern];
  return [...new Set(written.map(refType))];
}

/** What `ref_type` says of a ref. */
export function refType(ref: string): 'branch' | 'tag' {
  return ref.startsWith('refs/tags/') ? 'tag' : 'branch';
}

/** CEL can ask for the file of the reusable workflow at any ref, as `job_workflow_sha` says which commit. */
export function anyRefOf(clause: TrustClause, { jobWorkflow }: Rule): TrustClause {
  if (clause.claim !== 'job_workflow_ref' || jobWorkflow === undefined) return clause;
  return { claim: clause.claim, kind: 'prefix', prefix: `${jobWorkflow.path}@` };
}
