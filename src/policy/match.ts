import { type ClaimName, type Claims, type ClaimText, claimText, sameName } from '../identity/claims.ts';
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

/** Claims read once, however many rules look at them. */
export type Reading = (claim: ClaimName) => ClaimText;

/** What a rule wants of the claims in one respect; undefined when it wants nothing there. */
type Clause = (rule: Rule, read: Reading) => Wanted | undefined;

/** What a claim is compared with, and how the expectation reads. */
interface Wanted {
  readonly code: ReasonCode;
  readonly claim: ClaimName;
  readonly key: string;
  /** Any of these. */
  readonly expected: readonly string[];
  readonly accepts: (value: string) => boolean;
}

/** Every clause of a rule that does not hold; empty when the rule matches. */
export function misses(rule: Rule, claims: Claims): readonly Miss[] {
  const read = reading(claims);
  return CLAUSES.map((clause) => {
    const wanted = clause(rule, read);
    return wanted && clauseMiss(read, wanted);
  }).filter((miss) => miss !== undefined);
}

/** How many clauses of a rule do not hold; counting ends above `most`. */
export function missCount(rule: Rule, read: Reading, most: number): number {
  let count = 0;
  for (const clause of CLAUSES) {
    const wanted = clause(rule, read);
    if (wanted !== undefined && failure(read(wanted.claim), wanted) !== undefined) count += 1;
    if (count > most) return count;
  }
  return count;
}

export function reading(claims: Claims): Reading {
  const known = new Map<ClaimName, ClaimText>();
  return (claim) => {
    const before = known.get(claim);
    if (before !== undefined) return before;
    const text = claimText(claims, claim);
    known.set(claim, text);
    return text;
  };
}

/** One claim against one expectation; a missing, odd or non-ASCII claim never holds and is never coerced. */
export function clauseMiss(read: Reading, wanted: Wanted): Miss | undefined {
  const { claim, key } = wanted;
  const text = read(claim);
  const code = failure(text, wanted);
  if (code === undefined) return undefined;
  return { code, claim, expected: wanted.expected.join(' or '), actual: shown(text), key };
}

function failure(text: ClaimText, { code, claim, accepts }: Wanted): ReasonCode | undefined {
  if (text.kind === 'missing') return 'CLAIM_MISSING';
  if (text.kind === 'not-text') return 'CLAIM_TYPE';
  if (text.kind === 'not-plain') return 'CLAIM_CHARSET';
  if (isId(claim) && !/^[1-9][0-9]*$/.test(text.value)) return 'CLAIM_CHARSET';
  return accepts(text.value) ? undefined : code;
}

function shown({ kind, value }: ClaimText): string {
  if (kind === 'missing') return '(absent)';
  return kind === 'not-text' ? `(${value})` : plain(value, 200);
}

/** Ids of GitHub: digits in text, without a leading zero. */
function isId(claim: ClaimName): boolean {
  return claim === 'repository_id' || claim === 'repository_owner_id' || claim === 'actor_id';
}

const CLAUSES: readonly Clause[] = [
  ({ repository }) => oneOf('REPO_ID', 'repository_id', 'repository', [repository.repositoryId]),
  ({ repository }) => oneOf('OWNER_ID', 'repository_owner_id', 'repository', [repository.ownerId]),
  ({ repository }) => name('REPOSITORY', 'repository', 'repository', repository.name),
  ({ environment }) => name('ENVIRONMENT', 'environment', 'environment', environment.name),
  ({ environment: { nodeId } }) =>
    nodeId === undefined ? undefined : oneOf('ENV_NODE_ID', 'environment_node_id', 'environment', [nodeId]),
  ({ ref }) => ref && refWanted(ref),
  ({ ref }, read) => ref && refTypeWanted(read),
  ({ refProtected }) => optional('REF_PROTECTED', 'ref_protected', refProtected && [refProtected]),
  ({ eventName }) => optional('EVENT', 'event_name', eventName),
  ({ runnerEnvironment }) => optional('RUNNER', 'runner_environment', runnerEnvironment),
  ({ visibility }) => optional('VISIBILITY', 'repository_visibility', visibility),
  ({ jobWorkflow }) =>
    jobWorkflow && {
      code: 'JOB_WORKFLOW',
      claim: 'job_workflow_ref',
      key: 'job_workflow',
      expected: [`${jobWorkflow.path}@…`],
      accepts: (value) => value.startsWith(`${jobWorkflow.path}@`),
    },
  ({ jobWorkflow }) =>
    jobWorkflow && oneOf('JOB_WORKFLOW', 'job_workflow_sha', 'job_workflow', jobWorkflow.sha),
  ({ actorId }) => optional('ACTOR', 'actor_id', actorId),
  ({ actorClass: classes }, read) =>
    classes && {
      code: 'ACTOR_CLASS',
      claim: 'actor',
      key: 'actor_class',
      expected: classes,
      accepts: (actor) => classes.includes(actorClass(actor, read('actor_id'))),
    },
];

/** Byte for byte one of the values. */
function oneOf(code: ReasonCode, claim: ClaimName, key: string, values: readonly string[]): Wanted {
  return { code, claim, key, expected: values, accepts: (value) => values.includes(value) };
}

function name(code: ReasonCode, claim: ClaimName, key: string, expected: string): Wanted {
  return { code, claim, key, expected: [expected], accepts: (value) => sameName(value, expected) };
}

/** A clause whose key is the claim's name, checked when the rule has it. */
function optional(
  code: ReasonCode,
  claim: ClaimName,
  values: readonly string[] | undefined,
): Wanted | undefined {
  return values && oneOf(code, claim, claim, values);
}

function refWanted(ref: RefClause): Wanted {
  if (ref.kind === 'equals') return oneOf('REF', 'ref', 'ref', [ref.value]);
  if (ref.kind === 'one-of') return oneOf('REF', 'ref', 'ref', ref.values);
  const { pattern } = ref;
  const accepts = (value: string) => globMatches(pattern, value);
  return { code: 'REF', claim: 'ref', key: 'ref', expected: [pattern], accepts };
}

/** `ref_type` must agree with the prefix of `ref`: a tag named like a branch is not that branch. */
function refTypeWanted(read: Reading): Wanted {
  const ref = read('ref');
  const type = ref.kind === 'text' && ref.value.startsWith('refs/tags/') ? 'tag' : 'branch';
  return oneOf('REF', 'ref_type', 'ref', [type]);
}
