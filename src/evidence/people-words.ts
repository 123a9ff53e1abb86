import type { People } from '../identity/people.ts';
import type { DbtRunPredicate } from './predicate.ts';

/** The people of a run, or of the record of one. */
type Recorded = People | NonNullable<DbtRunPredicate['people']>;

/** Who started the run first, in words, by the verified token. */
export function startedWords({ startedBy, event }: Recorded): string {
  const who = named(startedBy);
  // A schedule has nobody who starts it; GitHub then names whoever changed it last.
  return event === 'schedule'
    ? `the schedule, in the name of ${who}`
    : `${who}, by ${event || 'an unnamed event'}`;
}

/** Who started this attempt, and who says so; empty where it is the first one, which whoever started the run began. */
export function attemptWords({ attemptBy }: Recorded): string {
  switch (attemptBy.basis) {
    case 'token':
      return '';
    case 'github-api':
      return `${named(attemptBy)}, as GitHub's API says`;
    case 'asserted': {
      const why = attemptBy.answer === '' ? '' : ` (${attemptBy.answer})`;
      return attemptBy.login === ''
        ? `not known: GitHub's API did not say it${why}`
        : `${attemptBy.login}, NOT VERIFIED: only the runner's variable says it, GitHub's API did not${why}`;
    }
  }
}

const CLASSES = { human: '', app: ', an app', agent: ', a coding agent' } as const;

function named({ login, id, kind }: Recorded['startedBy']): string {
  return `${login || 'not known'} (id ${id || 'not known'}${CLASSES[kind]})`;
}
