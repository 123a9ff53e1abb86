import { actorClass } from '../identity/actor-class.ts';
import { type ClaimName, type Claims, type ClaimText, claimText, sameName } from '../identity/claims.ts';
import { type Doubt, isRerunByOther, type People, type Person, peopleInToken } from '../identity/people.ts';
import { plain } from '../untrusted.ts';
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
  /** Why it is not known who started the attempt, where that is what is missing. */
  readonly doubt?: Doubt;
}

/** What a clause is about: a claim of the token, or who started this attempt, which no token says. */
export type Subject = ClaimName | 'triggering_actor' | 'triggering_actor_id' | 'triggering_actor_class';

/** What a clause finds. `same`: whoever started the run started this attempt too, so nothing is left to check. */
export type Found =
  | ClaimText
  | { readonly kind: 'same'; readonly value: '' }
  | { readonly kind: 'asserted'; readonly value: string; readonly doubt: Doubt };

/** A subject as the policy reads it; a claim is always a text or none. */
export interface Reading {
  (claim: ClaimName): ClaimText;
  (subject: Subject): Found;
}

/** One expectation of one claim, in a rule or in the policy as a whole; its claim is read once, whatever follows. */
export type Clause<Of> = (read: Reading) => Check<Of>;

/** A clause held against one token. */
export interface Check<Of> {
  /** Why it does not hold; undefined when it holds, or when nothing is expected here. */
  readonly failure: (of: Of) => ReasonCode | undefined;
  /** The same with its texts, which nobody reads of thousands of rules that are only counted. */
  readonly miss: (of: Of) => Miss | undefined;
}

/** Every clause of a rule that does not hold; empty when the rule matches. */
export function misses(rule: Rule, claims: Claims, people?: People): readonly Miss[] {
  return missesOf(RULE_CLAUSES, rule, reading(claims, people));
}

export function missesOf<Of>(clauses: readonly Clause<Of>[], of: Of, read: Reading): readonly Miss[] {
  return clauses.flatMap((held) => held(read).miss(of) ?? []);
}

/** How many clauses of a rule do not hold; counting ends at `enough`. */
export function missCount(checks: readonly Check<Rule>[], rule: Rule, enough: number): number {
  let count = 0;
  for (const { failure } of checks) {
    if (failure(rule) === undefined) continue;
    count += 1;
    if (count >= enough) return count;
  }
  return count;
}

/** Ids of GitHub: digits in text, without a leading zero. */
const IDS: readonly ClaimName[] = ['repository_id', 'repository_owner_id', 'actor_id'];

/** Without `people`, they are what the token alone says: a re-run is then nobody's that is known. */
export function reading(claims: Claims, people: People = peopleInToken(claims)): Reading {
  function read(claim: ClaimName): ClaimText;
  function read(subject: Subject): Found;
  function read(subject: Subject): Found {
    switch (subject) {
      case 'triggering_actor':
        return ofAttempt(people, ({ login }) => login);
      case 'triggering_actor_id':
        return ofAttempt(people, ({ id }) => id);
      case 'triggering_actor_class':
        return ofAttempt(people, ({ kind }) => kind);
      default:
        return IDS.includes(subject) ? idText(claimText(claims, subject)) : claimText(claims, subject);
    }
  }
  return read;
}

function idText(text: ClaimText): ClaimText {
  if (text.kind !== 'text' || /^[1-9][0-9]*$/.test(text.value)) return text;
  return { kind: 'not-plain', value: text.value };
}

function ofAttempt(people: People, fact: (person: Person) => string): Found {
  const { attemptBy: by } = people;
  if (by.basis === 'asserted')
    return {
      kind: 'asserted',
      value: `${by.login || 'not known'} (${DOUBTED[by.doubt]}${by.answer && `: ${by.answer}`})`,
      doubt: by.doubt,
    };
  return isRerunByOther(people) ? { kind: 'text', value: fact(by) } : { kind: 'same', value: '' };
}

const DOUBTED: Readonly<Record<Doubt, string>> = {
  'no-token': 'there was no token to ask GitHub with',
  refused: "GitHub's API refused",
  unreachable: "GitHub's API did not answer",
  'other-run': "GitHub's API named another run",
  'not-asked': 'the token does not say it',
};

const UNREADABLE = {
  missing: 'CLAIM_MISSING',
  'not-text': 'CLAIM_TYPE',
  'not-plain': 'CLAIM_CHARSET',
  asserted: 'RERUN_UNVERIFIED',
} as const;

type Names = readonly [code: ReasonCode, subject: Subject, key: string];

/**
 * A clause out of what is wanted of a claim, undefined for nothing, and how that reads. A missing, odd or non-ASCII
 * claim never holds and is never coerced.
 */
export function clause<Of, Wanted>(
  [code, subject, key]: Names,
  wanted: (of: Of) => Wanted | undefined,
  accepts: (value: string, wanted: Wanted) => boolean,
  reads: (wanted: Wanted) => string,
): Clause<Of> {
  return (read) => {
    const text = read(subject);
    const judged = (want: Wanted) => {
      if (text.kind === 'same') return undefined;
      if (text.kind !== 'text') return UNREADABLE[text.kind];
      return accepts(text.value, want) ? undefined : code;
    };
    const failure = (of: Of) => {
      const want = wanted(of);
      return want === undefined ? undefined : judged(want);
    };
    const miss = (of: Of) => {
      const want = wanted(of);
      if (want === undefined) return undefined;
      const why = judged(want);
      if (why === undefined) return undefined;
      const doubt = text.kind === 'asserted' ? { doubt: text.doubt } : {};
      return { code: why, claim: subject, expected: reads(want), actual: shown(text), key, ...doubt };
    };
    return { failure, miss };
  };
}

function shown({ kind, value }: Found): string {
  if (kind === 'missing') return '(absent)';
  return kind === 'not-text' ? `(${value})` : plain(value, 200);
}

/** Byte for byte the value. */
export function equal<Of>(names: Names, wanted: (of: Of) => string | undefined): Clause<Of> {
  return clause(names, wanted, (value, want) => value === want, String);
}

/** Byte for byte one of the values. */
function oneOf(names: Names, wanted: (rule: Rule) => readonly string[] | undefined): Clause<Rule> {
  return clause(names, wanted, (value, want) => want.includes(value), anyOf);
}

/** A name that GitHub compares without case. */
function named(names: Names, wanted: (rule: Rule) => string): Clause<Rule> {
  return clause(names, wanted, sameName, String);
}

function anyOf(values: readonly string[]): string {
  return values.join(' or ');
}

const IDS_OF_REPOSITORY: readonly Clause<Rule>[] = [
  equal(['REPO_ID', 'repository_id', 'repository'], ({ repository }) => repository.repositoryId),
  equal(['OWNER_ID', 'repository_owner_id', 'repository'], ({ repository }) => repository.ownerId),
];
const ENVIRONMENT = named(['ENVIRONMENT', 'environment', 'environment'], (rule) => rule.environment.name);

/** The rules that are for the repository and the environment of the claims, whatever else they want. */
export function rulesInPlace(rules: readonly Rule[], read: Reading): readonly Rule[] {
  const place = [...IDS_OF_REPOSITORY, ENVIRONMENT].map((clause) => clause(read));
  return rules.filter((rule) => place.every(({ failure }) => failure(rule) === undefined));
}

export const RULE_CLAUSES: readonly Clause<Rule>[] = [
  ...IDS_OF_REPOSITORY,
  named(['REPOSITORY', 'repository', 'repository'], ({ repository }) => repository.name),
  ENVIRONMENT,
  equal(['ENV_NODE_ID', 'environment_node_id', 'environment'], ({ environment }) => environment.nodeId),
  clause(['REF', 'ref', 'ref'], ({ ref }) => ref, refHolds, refText),
  refType(),
  equal(['REF_PROTECTED', 'ref_protected', 'ref_protected'], ({ refProtected }) => refProtected),
  oneOf(['EVENT', 'event_name', 'event_name'], ({ eventName }) => eventName),
  oneOf(['RUNNER', 'runner_environment', 'runner_environment'], ({ runnerEnvironment }) => runnerEnvironment),
  oneOf(['VISIBILITY', 'repository_visibility', 'repository_visibility'], ({ visibility }) => visibility),
  clause(
    ['JOB_WORKFLOW', 'job_workflow_ref', 'job_workflow'],
    ({ jobWorkflow }) => jobWorkflow,
    (value, { path }) => value.startsWith(path) && value[path.length] === '@',
    ({ path }) => `${path}@…`,
  ),
  oneOf(['JOB_WORKFLOW', 'job_workflow_sha', 'job_workflow'], ({ jobWorkflow }) => jobWorkflow?.sha),
  oneOf(['ACTOR', 'actor_id', 'actor_id'], ({ actorId }) => actorId),
  classOfActor(),
  // Whoever presses "re-run" is asked for the same as whoever started the run: both must hold.
  oneOf(['ACTOR', 'triggering_actor_id', 'actor_id'], ({ actorId }) => actorId),
  oneOf(['ACTOR_CLASS', 'triggering_actor_class', 'actor_class'], ({ actorClass }) => actorClass),
];

function refHolds(value: string, ref: RefClause): boolean {
  if (ref.kind === 'glob') return globMatches(ref.pattern, value);
  return ref.kind === 'equals' ? value === ref.value : ref.values.includes(value);
}

function refText(ref: RefClause): string {
  if (ref.kind === 'glob') return ref.pattern;
  return ref.kind === 'equals' ? ref.value : anyOf(ref.values);
}

/** `ref_type` must agree with the prefix of `ref`: a tag named like a branch is not that branch. */
function refType(): Clause<Rule> {
  return (read) => {
    const type = read('ref').value.startsWith('refs/tags/') ? 'tag' : 'branch';
    return equal<Rule>(['REF', 'ref_type', 'ref'], ({ ref }) => ref && type)(read);
  };
}

function classOfActor(): Clause<Rule> {
  return (read) => {
    const found = actorClass(read('actor').value, read('actor_id'));
    return clause<Rule, readonly string[]>(
      ['ACTOR_CLASS', 'actor', 'actor_class'],
      (rule) => rule.actorClass,
      (_, classes) => classes.includes(found),
      anyOf,
    )(read);
  };
}
