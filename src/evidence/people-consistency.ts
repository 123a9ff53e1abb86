import { actorClass } from '../identity/actor-class.ts';
import { sameName } from '../identity/claims.ts';
import { attemptWords, startedWords } from './people-words.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { mustEqual } from './verdict.ts';

/** What a recorded policy asks of people: of the rule that the run went on under, and of every run. */
export interface PeopleAsked {
  /** Ids, one of which a person must have; undefined: not asked. */
  readonly ids: readonly string[] | undefined;
  readonly classes: readonly string[] | undefined;
  readonly denied: readonly string[];
}

/** Of a run that was allowed, each of its people is one that the policy in the record allows. Older records do not name them. */
export function checkAllowedPeople({ people, decision }: DbtRunPredicate, asked: PeopleAsked): void {
  if (people === undefined || decision?.allow !== true) return;
  const { ids, classes, denied } = asked;
  const { startedBy, attemptBy } = people;
  if (attemptBy.basis === 'asserted') {
    if (ids !== undefined || classes !== undefined || denied.length > 0)
      throw new Error(
        'the policy asks who started this attempt, nobody verified it, and the run was allowed',
      );
    return;
  }
  for (const { id, login, kind } of [startedBy, attemptBy]) {
    if (denied.includes(id) || ids?.includes(id) === false || classes?.includes(kind) === false)
      throw new Error(`the policy does not allow ${login} (id ${id}, ${kind}), and the run was allowed`);
  }
}

/** The people of a record against its token and against each other: nobody may be made up, or take another's place. */
export function checkPeople({ people, identity, run }: DbtRunPredicate): string {
  if (people === undefined) {
    const why = 'the run stopped before that, or an older version of the action wrote the record';
    return run.runAttempt === '1'
      ? `not recorded: ${why}`
      : `who started this re-run is not recorded: ${why}`;
  }
  if (identity === undefined) throw new Error('people are recorded, yet no token was verified');
  const { startedBy, attemptBy, event } = people;
  const { claims } = identity;
  const text = (name: string) => String(claims[name] ?? '');
  mustEqual('startedBy.login', text('actor'), startedBy.login);
  mustEqual('startedBy.id', text('actor_id'), startedBy.id);
  mustEqual(
    'startedBy.kind',
    actorClass(text('actor'), { kind: 'text', value: text('actor_id') }),
    startedBy.kind,
  );
  mustEqual('event', text('event_name'), event);
  if (attemptBy.basis === 'token') {
    mustEqual('run_attempt of an attempt that the token vouches for', '1', text('run_attempt'));
    const { login, id, kind } = attemptBy;
    mustEqual(
      'attemptBy',
      JSON.stringify([startedBy.login, startedBy.id, startedBy.kind]),
      JSON.stringify([login, id, kind]),
    );
    if (run.triggeringActor !== '' && !sameName(run.triggeringActor, login))
      throw new Error(`the job said that ${run.triggeringActor} started it, the record that ${login} did`);
  }
  if (attemptBy.basis === 'asserted') mustEqual('attemptBy.login', run.triggeringActor, attemptBy.login);
  return [startedWords(people), attemptWords(people)].filter((words) => words !== '').join('; attempt by ');
}
