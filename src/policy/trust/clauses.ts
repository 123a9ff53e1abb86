import { type ClaimName, sameName } from '../../identity/claims.ts';
import { globMatches } from '../glob.ts';
import type { Policy, Rule } from '../policy.ts';
import { ruleSubjects } from './subjects.ts';

/** What one claim must be. Clouds compare byte for byte, where the policy lets GitHub's names differ in case. */
export type TrustClause = { readonly claim: ClaimName } & (
  | { readonly form: 'one-of'; readonly values: readonly string[] }
  /** The pattern of a ref, see glob.ts. */
  | { readonly form: 'glob'; readonly pattern: string }
  | { readonly form: 'prefix'; readonly prefix: string }
);

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
  return [
    oneOf('iss', [policy.issuer]),
    oneOf('aud', [audience]),
    oneOf('sub', ruleSubjects({ policy, rule })),
    oneOf('repository_id', [repository.repositoryId]),
    oneOf('repository_owner_id', [repository.ownerId]),
    oneOf('environment', [environment.name]),
    oneOf('environment_node_id', environment.nodeId === undefined ? undefined : [environment.nodeId]),
    refClause(rule),
    oneOf(
      'job_workflow_ref',
      jobWorkflow?.sha.map((sha) => `${jobWorkflow.path}@${sha}`),
    ),
    oneOf('job_workflow_sha', jobWorkflow?.sha),
    oneOf('ref_protected', rule.refProtected && [rule.refProtected]),
    oneOf('event_name', rule.eventName),
    oneOf('runner_environment', rule.runnerEnvironment),
    oneOf('repository_visibility', rule.visibility),
    oneOf('actor_id', rule.actorId),
  ].filter((clause) => clause !== undefined);
}

/** The clauses that a cloud can check, and the others. */
export function divided(
  clauses: readonly TrustClause[],
  checks: readonly ClaimName[],
): Pick<CloudTrust, 'checked' | 'unchecked'> {
  return {
    checked: clauses.filter(({ claim }) => checks.includes(claim)),
    unchecked: clauses.filter(({ claim }) => !checks.includes(claim)),
  };
}

/** Whether a cloud that holds the clause takes the value. */
export function accepts(clause: TrustClause, value: string): boolean {
  if (clause.form === 'one-of') return clause.values.includes(value);
  return clause.form === 'glob' ? globMatches(clause.pattern, value) : value.startsWith(clause.prefix);
}

/** Whether the value would be taken if letters of another case were the same. */
export function acceptsInAnotherCase(clause: TrustClause, value: string): boolean {
  return clause.form === 'one-of' && clause.values.some((wanted) => sameName(wanted, value));
}

/** What the clause wants, in words. */
export function wanted(clause: TrustClause): string {
  if (clause.form === 'one-of') return clause.values.join(' or ');
  return clause.form === 'glob' ? clause.pattern : `${clause.prefix}…`;
}

/** The values of a claim that is compared with a closed list; none for a pattern. */
export function valuesOf(clauses: readonly TrustClause[], claim: ClaimName): readonly string[] {
  return clauses.flatMap((clause) =>
    clause.claim === claim && clause.form === 'one-of' ? clause.values : [],
  );
}

function oneOf(claim: ClaimName, values: readonly string[] | undefined): TrustClause | undefined {
  return values === undefined ? undefined : { claim, form: 'one-of', values };
}

function refClause({ ref }: Rule): TrustClause | undefined {
  if (ref === undefined) return undefined;
  if (ref.kind === 'glob') return { claim: 'ref', form: 'glob', pattern: ref.pattern };
  return oneOf('ref', ref.kind === 'equals' ? [ref.value] : ref.values);
}
