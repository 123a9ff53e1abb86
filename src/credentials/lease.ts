import { PassportError } from '../errors.ts';
import type { Timing } from './desk.ts';
import type { Issued } from './issued.ts';
import { EXPIRED, isPassing } from './renewal-refusal.ts';

/** A credential that is kept alive. */
export interface Lease<Value> {
  /**
   * The credential as it is now, renewed when its life runs low: one renewal at a time, whatever the number of
   * callers. Never one that has expired.
   * @throws what the renewal threw: a refusal from then on, without another call; a passing fault when nothing lives
   */
  current(): Promise<Issued<Value>>;
}

/** Clients of AWS want more than 15 minutes of life; nobody waits for that with a credential that lives shorter. */
const SPARE_MS = 16 * 60_000;
/** A renewal that failed is not tried again sooner. */
const PAUSE_MS = 5_000;
/** Clients of AWS give up after 2 s, so a slow renewal goes on behind the credential that still lives. */
const PATIENCE_MS = 1_000;

interface Failure {
  readonly error: unknown;
  /** No renewal before this time, in epoch milliseconds; infinite after a refusal. */
  readonly until: number;
}
const NO_FAILURE: Failure = { error: undefined, until: Number.NEGATIVE_INFINITY };

/**
 * Keeps one credential alive. `issue` makes a new one, with its own retries; `first` is one that was issued
 * just now.
 */
export function leaseOf<Value>(
  issue: () => Promise<Issued<Value>>,
  timing: Pick<Timing, 'now'>,
  first?: Issued<Value>,
  patienceMs: number = PATIENCE_MS,
): Lease<Value> {
  const now = () => timing.now().getTime();
  const lifeLeft = (one: Issued<Value> | undefined) => (one?.expiresAt.getTime() ?? Number.NaN) - now();
  const lives = (one: Issued<Value> | undefined): one is Issued<Value> => lifeLeft(one) > 0;
  let held = first;
  let spare = Math.min(SPARE_MS, lifeLeft(first) / 2);
  let failure = NO_FAILURE;
  let renewing: Promise<void> | undefined;

  const renew = async (): Promise<void> => {
    try {
      const issued = await issue();
      if (!lives(issued)) throw expired(issued);
      held = issued;
      spare = Math.min(SPARE_MS, lifeLeft(issued) / 2);
      failure = NO_FAILURE;
    } catch (error) {
      failure = { error, until: isPassing(error) ? now() + PAUSE_MS : Number.POSITIVE_INFINITY };
    }
  };
  const renewOnce = async (): Promise<void> => {
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    if (lives(held)) await atMost(patienceMs, renewing);
    if (!lives(held)) await renewing;
  };
  return {
    current: async () => {
      // Written so that a time that is no number counts as expired.
      if (!(lifeLeft(held) >= spare) && now() >= failure.until) await renewOnce();
      if (failure.until === Number.POSITIVE_INFINITY) throw failure.error;
      if (lives(held)) return held;
      throw failure.error ?? expired(held);
    },
  };
}

function expired<Value>(issued: Issued<Value> | undefined): PassportError {
  return new PassportError(
    'ERR_CREDENTIAL_UNAVAILABLE',
    `the credential expired at ${issued?.fact.expiresAt || 'a time that is not known'}, by the clock of this runner`,
    { reason: EXPIRED, hint: 'Is the clock of the runner wrong?' },
  );
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([work, patience]).finally(() => clearTimeout(timer));
}
