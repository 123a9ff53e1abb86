import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { BUNDLE_NAME, STATEMENT_NAME } from './bundle.ts';
import { checkTime } from './consistency.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { checkRecord } from './record-checks.ts';
import { checkSameDecision } from './same-decision.ts';
import { checkSameRun, type SigningJob } from './same-run.ts';
import { parseStatement } from './statement.ts';
import { checkNames, type EvidenceFiles } from './subjects.ts';
import { Checklist, messageOf } from './verdict.ts';

/** A record that another job of the run left to be signed. */
export interface Unsigned {
  /** The statement, as the exact bytes to sign. */
  readonly statement: Uint8Array;
  readonly predicate: DbtRunPredicate;
  /** Every file but the statement: what it is about. */
  readonly files: EvidenceFiles;
}

/**
 * Reads an unsigned record that a verifier would accept but for the signature. Nothing in it is believed yet.
 * @param now a record cannot be of a run that ended later
 * @throws PassportError ERR_RECORD_REFUSED with what is wrong
 */
export async function readUnsigned(all: EvidenceFiles, now: Date): Promise<Unsigned> {
  if (all.has(BUNDLE_NAME)) throw refused('ALREADY_SIGNED', `it holds ${BUNDLE_NAME}: it is signed already`);
  const statement = all.get(STATEMENT_NAME);
  if (statement === undefined)
    throw refused('NO_STATEMENT', `expected ${STATEMENT_NAME} in it, as signing: deferred leaves it`);
  const files = new Map([...all].filter(([name]) => name !== STATEMENT_NAME));
  const list = new Checklist();
  list.check('names', () => checkNames(files));
  const parsed = list.value(
    'statement',
    () => parseStatement(statement),
    () => '',
  );
  if (parsed !== undefined) {
    await checkRecord(list, parsed, files);
    list.check('time', () => checkTime(parsed.predicate, [now]));
  }
  const [failed] = list.checks.filter(({ result }) => result === 'failed');
  if (parsed === undefined || failed !== undefined)
    throw refused('RECORD', `${failed?.name}: ${failed?.detail}`, CHANGED);
  return { statement, predicate: parsed.predicate, files };
}

/**
 * A job signs only what it can know: records of its own run.
 * @throws PassportError ERR_RECORD_REFUSED with every fact of the run that differs
 */
export function refuseOtherRun(predicate: DbtRunPredicate, job: SigningJob): void {
  try {
    checkSameRun(predicate, job);
  } catch (error) {
    throw refused('OTHER_RUN', messageOf(error));
  }
}

/**
 * A denial that was changed into something else is not signed, as far as the claims are of the run and not of the other job alone.
 * @throws PassportError ERR_RECORD_REFUSED with what the policy says
 */
export async function refuseOtherDecision(
  { predicate, files }: Unsigned,
  allowLoopback: boolean,
): Promise<void> {
  try {
    await checkSameDecision(predicate, files.get('policy.yml') ?? new Uint8Array(), allowLoopback);
  } catch (error) {
    throw refused('OTHER_DECISION', messageOf(error), CHANGED);
  }
}

export function refused(reason: string, what: string, hint = OTHER_ARTIFACT): PassportError {
  const message = `the record is not signed: ${plain(what, 1000)}`;
  return new PassportError('ERR_RECORD_REFUSED', message, { reason, hint });
}

const OTHER_ARTIFACT =
  'Give artifact-id and artifact-digest of the dbt-passport step with `signing: deferred` in this attempt of this run. After a re-run of failed jobs only, run all jobs again.';

const CHANGED =
  'The step with `signing: deferred` leaves no such record: look at what else ran in its job, and whether artifact-id and artifact-digest are its outputs. Both jobs need the same version of this action.';
