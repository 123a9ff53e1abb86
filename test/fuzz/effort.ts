import fc from 'fast-check';
import { TIMES } from '../support/long-runs.ts';

/** Minutes for all properties together: `npm run fuzz -- --minutes=5`; without it each makes a hundred runs. */
const minutes = Number(process.env['DBT_PASSPORT_FUZZ_MINUTES'] ?? 0);
/** Properties in this folder, among which the minutes are shared. */
const PROPERTIES = 10;
const share = (minutes * 60_000) / PROPERTIES;

/** Time for a test with one property. */
export const PATIENCE = { timeout: share + 60_000 };

/** Holds a property against random input, for as long as was asked for. The seed of a failure is in its message. */
export async function hold<T>(
  property: fc.IProperty<T> | fc.IAsyncProperty<T>,
  numRuns = 100,
): Promise<void> {
  const runs = { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: share };
  await fc.assert(property, minutes === 0 ? { numRuns: numRuns * TIMES } : runs);
}

/**
 * Milliseconds that no hostile input takes here, whatever else the machine does: a guard against what grows out of hand.
 * The bound is 100 ms, and `npm run bench -- policy` measures it.
 */
export const GUARD_MS = 1_000;

/** Milliseconds that this thread computes, in the quickest of up to five tries: the machine may be busy with others. */
export async function quickest(work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && best > GUARD_MS; round += 1) {
    const start = process.threadCpuUsage();
    await work();
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
