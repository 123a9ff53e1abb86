import { type ActorClass, actorClass } from './actor-class.ts';
import { type ClaimName, type Claims, claimText, type Identity, sameName, shownClaim } from './claims.ts';

/** An account of GitHub: a person, an app or an agent. */
export interface Person {
  /** Can be changed by its owner; the id cannot. */
  readonly login: string;
  readonly id: string;
  readonly kind: ActorClass;
}

/** Why GitHub's API did not name who started a re-run. */
export const DOUBTS = ['no-token', 'refused', 'unreachable', 'other-run', 'not-asked'] as const;
export type Doubt = (typeof DOUBTS)[number];

/**
 * Who started this attempt, and who says so. `token`: it is the first attempt, so whoever started the run did.
 * `github-api`: GitHub's answer for this attempt. `asserted`: only the variable of the runner, which is the word of the signer;
 * `login` is empty where not even that says it.
 */
export type AttemptBy =
  | ({ readonly basis: 'token' | 'github-api' } & Person)
  | { readonly basis: 'asserted'; readonly login: string; readonly doubt: Doubt; readonly answer: string };

/** Whose doing a run is. A token names only who started it first, whoever presses "re-run". */
export interface People {
  readonly startedBy: Person;
  readonly attemptBy: AttemptBy;
  /** That started the run first; a re-run keeps it. */
  readonly event: string;
}

/** Whoever asks the policy: the identity of a token, and the people behind the attempt; without them, what the token says of them. */
export interface Party extends Identity {
  readonly people?: People;
}

/** What GitHub's API says of one attempt of a run; ids as text. */
export interface WorkflowAttempt {
  readonly runId: string;
  readonly attempt: string;
  readonly repositoryId: string;
  readonly actorId: string;
  readonly triggeringActor: { readonly login: string; readonly id: string; readonly type: string };
}

/** Asks GitHub's API for an attempt, or says why there is no answer. Never throws: a run may not need it. */
export type AttemptSource = (asked: {
  readonly repository: string;
  readonly runId: string;
  readonly attempt: string;
}) => Promise<WorkflowAttempt | NoAttempt>;

export interface NoAttempt {
  readonly doubt: Exclude<Doubt, 'other-run' | 'not-asked'>;
  /** What came instead, in a few words. */
  readonly answer: string;
}

/**
 * The people behind a run. The first attempt is that of the token's actor, by the token's own `run_attempt`; for any other, and
 * where the runner names somebody else, GitHub's API is asked.
 * @param triggering GITHUB_TRIGGERING_ACTOR, empty where the server has no such variable
 */
export async function peopleOf(claims: Claims, triggering: string, ask: AttemptSource): Promise<People> {
  const known = peopleInToken(claims);
  if (known.attemptBy.basis === 'token' && isSame(triggering, known.startedBy)) return known;
  const asked = {
    repository: shownClaim(claims, 'repository'),
    runId: shownClaim(claims, 'run_id'),
    attempt: shownClaim(claims, 'run_attempt'),
  };
  return { ...known, attemptBy: attemptBy(claims, triggering, await ask(asked)) };
}

function isSame(triggering: string, { login }: Person): boolean {
  return triggering === '' || sameName(triggering, login);
}

/** As far as the token alone says it: nothing of who started a second attempt. */
export function peopleInToken(claims: Claims): People {
  const startedBy = {
    login: shownClaim(claims, 'actor'),
    id: shownClaim(claims, 'actor_id'),
    kind: actorClass(shownClaim(claims, 'actor'), claimText(claims, 'actor_id')),
  };
  // No token of GitHub lacks the claim; one that a person wrote down may.
  const first = !claims.has('run_attempt') || claims.get('run_attempt') === '1';
  return {
    startedBy,
    attemptBy: first
      ? { basis: 'token', ...startedBy }
      : { basis: 'asserted', login: '', doubt: 'not-asked', answer: '' },
    event: shownClaim(claims, 'event_name'),
  };
}

/** Only an answer about the very run of the token counts. */
function attemptBy(claims: Claims, login: string, found: WorkflowAttempt | NoAttempt): AttemptBy {
  if ('doubt' in found) return { basis: 'asserted', login, ...found };
  const ofToken: readonly (readonly [ClaimName, string])[] = [
    ['run_id', found.runId],
    ['run_attempt', found.attempt],
    ['repository_id', found.repositoryId],
    ['actor_id', found.actorId],
  ];
  const differing = ofToken.filter(([claim, value]) => claims.get(claim) !== value);
  if (differing.length > 0) {
    const answer = `another ${differing.map(([claim]) => claim).join(', ')} than the token has`;
    return { basis: 'asserted', login, doubt: 'other-run', answer };
  }
  const { triggeringActor: by } = found;
  return { basis: 'github-api', login: by.login, id: by.id, kind: kindOf(by) };
}

/** GitHub's own word for a bot counts beside the name. */
export function kindOf({ login, id, type }: WorkflowAttempt['triggeringActor']): ActorClass {
  const byName = actorClass(login, { kind: 'text', value: id });
  return byName === 'human' && type !== 'User' ? 'app' : byName;
}

/** Whether somebody else than the token's actor started this attempt, or may have. */
export function isRerunByOther({ startedBy, attemptBy: by }: People): boolean {
  return by.basis === 'asserted' || by.id !== startedBy.id;
}
