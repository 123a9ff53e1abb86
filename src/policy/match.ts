import { type ClaimName, type Claims, claimText, sameName } from '../identity/claims.ts';
import { plain } from '../untrusted.ts';
import { actorClass } from './actor-class.ts';
import type { ReasonCode } from './decision.ts';
import { globMatches } from './glob.ts';
import type { RefClause, Rule } from './policy.ts';

/** A clause that did not hold, before causes and fixes are written. */
export interface Miss {
  readonly code: ReasonCode;
  readonly claim: string;
  readonly expected: string;
  readonly actual: string;
  /** Key of the rule in the policy file. */
  readonly key: string;
}

type Clause = (rule: Rule, claims: Claims) => Miss | undefined;

/** What a claim is compared with, and how the expectation reads. */
interface Wanted {
  readonly code: ReasonCode;
  readonly claim: ClaimName;
  readonly key: string;
  readonly expected: string;
  readonly accepts: (value: string) => boolean;
}

/** Every clause of a rule that does not hold; empty when the rule matches. */
export function misses(rule: Rule, claims: Claims): readonly Miss[] {
  return CLAUSES.map((clause) => clause(rule, claims)).filter((miss) => miss !== undefined);
}

/** One claim against one expectation; a missing, odd or non-ASCII claim never holds and is never coerced. */
export function clauseMiss(claims: Claims, wanted: Wanted): Miss | undefined {
  const { code, claim, key, expected } = wanted;
  const read = claimText(claims, claim);
  const miss = (failed: ReasonCode, actual: string): Miss => ({ code: failed, claim, expected, actual, key });
  if (read.kind === 'missing') return miss('CLAIM_MISSING', '(absent)');
  if (read.kind === 'not-text') return miss('CLAIM_TYPE', `(${read.value})`);
  if (read.kind === 'not-plain') return miss('CLAIM_CHARSET', plain(read.value, 200));
  if (isId(claim) && !/^[1-9][0-9]*$/.test(read.value)) return miss('CLAIM_CHARSET', plain(read.value, 200));
  return wanted.accepts(read.value) ? undefined : miss(code, plain(read.value, 200));
}

/** Ids of GitHub: digits in text, without a leading zero. */
function isId(claim: ClaimName): boolean {
  return claim === 'repository_id' || claim === 'repository_owner_id' || claim === 'actor_id';
}

const CLAUSES: readonly Clause[] = [
  ({ repository }, claims) =>
    clauseMiss(claims, oneOf('REPO_ID', 'repository_id', 'repository', [repository.repositoryId])),
  ({ repository }, claims) =>
    clauseMiss(claims, oneOf('OWNER_ID', 'repository_owner_id', 'repository', [repository.ownerId])),
  ({ repository }, claims) =>
    clauseMiss(claims, name('REPOSITORY', 'repository', 'repository', repository.name)),
  ({ environment }, claims) =>
    clauseMiss(claims, name('ENVIRONMENT', 'environment', 'environment', environment.name)),
  ({ environment: { nodeId } }, claims) =>
    nodeId === undefined
      ? undefined
      : clauseMiss(claims, oneOf('ENV_NODE_ID', 'environment_node_id', 'environment', [nodeId])),
  ({ ref }, claims) => (ref === undefined ? undefined : refMiss(ref, claims)),
  ({ ref }, claims) => (ref === undefined ? undefined : refTypeMiss(claims)),
  ({ refProtected }, claims) =>
    optional('REF_PROTECTED', 'ref_protected', refProtected && [refProtected], claims),
  ({ eventName }, claims) => optional('EVENT', 'event_name', eventName, claims),
  ({ runnerEnvironment }, claims) => optional('RUNNER', 'runner_environment', runnerEnvironment, claims),
  ({ visibility }, claims) => optional('VISIBILITY', 'repository_visibility', visibility, claims),
  ({ jobWorkflow }, claims) =>
    jobWorkflow &&
    clauseMiss(claims, {
      code: 'JOB_WORKFLOW',
      claim: 'job_workflow_ref',
      key: 'job_workflow',
      expected: `${jobWorkflow.path}@…`,
      accepts: (value) => value.startsWith(`${jobWorkflow.path}@`),
    }),
  ({ jobWorkflow }, claims) =>
    jobWorkflow &&
    clauseMiss(claims, oneOf('JOB_WORKFLOW', 'job_workflow_sha', 'job_workflow', jobWorkflow.sha)),
  ({ actorId }, claims) => optional('ACTOR', 'actor_id', actorId, claims),
  ({ actorClass: classes }, claims) => {
    const actual = actorClass(claims);
    return (
      classes &&
      clauseMiss(claims, {
        code: 'ACTOR_CLASS',
        claim: 'actor',
        key: 'actor_class',
        expected: classes.join(' or '),
        accepts: () => actual !== undefined && classes.includes(actual),
      })
    );
  },
];

/** Byte for byte one of the values. */
function oneOf(code: ReasonCode, claim: ClaimName, key: string, values: readonly string[]): Wanted {
  return { code, claim, key, expected: values.join(' or '), accepts: (value) => values.includes(value) };
}

function name(code: ReasonCode, claim: ClaimName, key: string, expected: string): Wanted {
  return { code, claim, key, expected, accepts: (value) => sameName(value, expected) };
}

/** A clause whose key is the claim's name, checked when the rule has it. */
function optional(
  code: ReasonCode,
  claim: ClaimName,
  values: readonly string[] | undefined,
  claims: Claims,
): Miss | undefined {
  return values && clauseMiss(claims, oneOf(code, claim, claim, values));
}

function refMiss(ref: RefClause, claims: Claims): Miss | undefined {
  if (ref.kind === 'equals') return clauseMiss(claims, oneOf('REF', 'ref', 'ref', [ref.value]));
  if (ref.kind === 'one-of') return clauseMiss(claims, oneOf('REF', 'ref', 'ref', ref.values));
  const { pattern } = ref;
  const accepts = (value: string) => globMatches(pattern, value);
  return clauseMiss(claims, { code: 'REF', claim: 'ref', key: 'ref', expected: pattern, accepts });
}

/** `ref_type` must agree with the prefix of `ref`: a tag named like a branch is not that branch. */
function refTypeMiss(claims: Claims): Miss | undefined {
  const ref = claimText(claims, 'ref');
  const type = ref.kind === 'text' && ref.value.startsWith('refs/tags/') ? 'tag' : 'branch';
  return clauseMiss(claims, oneOf('REF', 'ref_type', 'ref', [type]));
}
