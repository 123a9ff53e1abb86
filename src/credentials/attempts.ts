import type { Secret } from '../secret.ts';
import { CloudFault } from './cloud-fault.ts';
import type { Desk } from './desk.ts';
import { untilAborted } from './until-aborted.ts';

/** Milliseconds for all tries of one call and the waits between them. */
const BUDGET_MS = 20_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/**
 * Makes a call with an ID token, fresh for every try. A refusal is thrown after exactly one call; a transient
 * fault is tried again while the next wait fits into the budget.
 * @throws CloudFault the last one; its text says how many tries were made. Any other error is thrown at once
 */
export function attempt<T>(
  desk: Pick<Desk, 'idToken' | 'timing' | 'ended'>,
  audience: string,
  call: (token: Secret) => Promise<T>,
  budgetMs: number = BUDGET_MS,
): Promise<T> {
  return attemptCall(desk, async () => call(await desk.idToken(audience)), budgetMs);
}

/** As `attempt`, for a call that needs no ID token, such as a second hop. */
export function attemptCall<T>(
  desk: Pick<Desk, 'timing' | 'ended'>,
  call: () => Promise<T>,
  budgetMs: number = BUDGET_MS,
): Promise<T> {
  const { ended } = desk;
  if (ended === undefined) return callUntil(desk, call, budgetMs);
  return untilAborted(() => callUntil(desk, call, budgetMs), ended);
}

async function callUntil<T>(
  { timing, ended }: Pick<Desk, 'timing' | 'ended'>,
  call: () => Promise<T>,
  budgetMs: number,
): Promise<T> {
  const started = timing.now().getTime();
  let waited = 0;
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof CloudFault && error.transient)) throw error;
      const wait = Math.max(pause(tries, timing.random()), error.retryAfterMs);
      const elapsed = Math.max(waited, timing.now().getTime() - started);
      if (elapsed + wait > budgetMs) throw afterTries(error, tries, elapsed);
      await timing.sleep(wait);
      ended?.throwIfAborted();
      waited += wait;
    }
  }
}

/** Doubles with each try; half of it is chance, so that the jobs of a matrix do not come back together. */
function pause(tries: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) * (0.5 + random / 2);
}

function afterTries(fault: CloudFault, tries: number, elapsedMs: number): CloudFault {
  const asked =
    fault.retryAfterMs > 0 ? `; it asks to wait ${Math.ceil(fault.retryAfterMs / 1000)} s more` : '';
  const count = tries === 1 ? '1 try' : `${tries} tries`;
  const after = `after ${count} in ${(elapsedMs / 1000).toFixed(1)} s${asked}`;
  return new CloudFault({ ...fault, text: `${fault.text} (${after})`.trim() });
}
