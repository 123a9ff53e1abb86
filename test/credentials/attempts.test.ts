import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, attemptCall } from '../../src/credentials/attempts.ts';
import { CloudFault } from '../../src/credentials/cloud-fault.ts';
import { Secret } from '../../src/secret.ts';

const fault = (transient: boolean, retryAfterMs = 0) =>
  new CloudFault({
    cloud: 'aws',
    call: 'AssumeRole',
    status: transient ? 503 : 403,
    code: transient ? 'Unavailable' : 'AccessDenied',
    text: 'no',
    requestId: 'r-1',
    transient,
    retryAfterMs,
  });

/** A clock that only sleeping moves. */
function fakeTiming(random: () => number = () => 0.5) {
  let now = 0;
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
    now += ms;
  };
  return { waits, timing: { now: () => new Date(now), sleep, random } };
}

function desk(timing = fakeTiming().timing) {
  const minted: string[] = [];
  const idToken = async (audience: string) => new Secret(`${minted.push(audience)}`);
  return { minted, desk: { idToken, timing } };
}

describe('attempt', () => {
  it('gives what the call gives, with one token for the audience', async () => {
    const { desk: one, minted } = desk();
    expect(await attempt(one, 'sts.amazonaws.com', async (token) => token.reveal())).toBe('1');
    expect(minted).toEqual(['sts.amazonaws.com']);
  });

  it('mints a fresh token for every try', async () => {
    const { desk: one, minted } = desk();
    const seen: string[] = [];
    const answer = await attempt(one, 'a', async (token) => {
      if (seen.push(token.reveal()) < 3) throw fault(true);
      return 'done';
    });
    expect([answer, seen, minted]).toEqual(['done', ['1', '2', '3'], ['a', 'a', 'a']]);
  });

  it('throws a refusal as it is after exactly one call', async () => {
    const { desk: one, minted } = desk();
    const refusal = fault(false);
    await expect(attempt(one, 'a', () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(minted).toHaveLength(1);
  });

  it('throws any other error at once, and the failure to get a token too', async () => {
    const { desk: one, minted } = desk();
    const defect = new TypeError('defect');
    await expect(attempt(one, 'a', () => Promise.reject(defect))).rejects.toBe(defect);
    expect(minted).toHaveLength(1);
    const none = { ...one, idToken: () => Promise.reject(defect) };
    await expect(attempt(none, 'a', async () => 'never')).rejects.toBe(defect);
  });
});

describe('attempt, when the run ends', () => {
  it('does not wait for a call that hangs', async () => {
    const end = new AbortController();
    const { desk: one } = desk();
    const call = attempt({ ...one, ended: end.signal }, 'a', () => new Promise(() => {}));
    end.abort(new Error('the run is over'));
    await expect(call).rejects.toThrow('the run is over');
  });

  it('makes no further try, and no first one', async () => {
    const end = new AbortController();
    const { desk: one, minted } = desk();
    const ended = { ...one, ended: end.signal };
    const call = attempt(ended, 'a', async () => {
      end.abort(new Error('the run is over'));
      throw fault(true);
    });
    await expect(call).rejects.toThrow('the run is over');
    await expect(attempt(ended, 'a', async () => 'done')).rejects.toThrow('the run is over');
    await new Promise((done) => setImmediate(done));
    expect(minted).toEqual(['a']);
  });
});

describe('attemptCall', () => {
  const failing = async (
    timing: ReturnType<typeof fakeTiming>['timing'],
    error: CloudFault,
    budgetMs = 20_000,
  ) => {
    let calls = 0;
    const thrown = await attemptCall(
      { timing },
      () => {
        calls += 1;
        return Promise.reject(error);
      },
      budgetMs,
    ).catch((last: unknown) => last);
    if (!(thrown instanceof CloudFault)) throw new Error('expected a CloudFault');
    return { calls, thrown };
  };

  it('says how many tries in how long, and keeps the rest of the fault', async () => {
    const { timing, waits } = fakeTiming(() => 1);
    const { calls, thrown } = await failing(timing, fault(true));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
    expect([calls, thrown.text]).toEqual([6, 'no (after 6 tries in 15.5 s)']);
    expect(thrown).toMatchObject({ code: 'Unavailable', status: 503, requestId: 'r-1', transient: true });
  });

  it('leaves half of each wait to chance', async () => {
    const { timing, waits } = fakeTiming(() => 0);
    await failing(timing, fault(true), 4_000);
    expect(waits).toEqual([250, 500, 1000, 2000]);
  });

  it('waits as long as Retry-After asks', async () => {
    const { timing, waits } = fakeTiming(() => 0);
    await failing(timing, fault(true, 7_000));
    expect(waits).toEqual([7_000, 7_000]);
  });

  it('does not try again when Retry-After is beyond the budget', async () => {
    const { timing, waits } = fakeTiming();
    const { calls, thrown } = await failing(timing, fault(true, 120_000));
    expect([calls, waits, thrown.text]).toEqual([
      1,
      [],
      'no (after 1 try in 0.0 s; it asks to wait 120 s more)',
    ]);
  });

  it('ends with a clock that stands still', async () => {
    const { calls } = await failing(
      { now: () => new Date(0), sleep: async () => {}, random: () => 0 },
      fault(true),
    );
    expect(calls).toBeGreaterThan(1);
  });

  it('never waits beyond its budget', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60_000 }),
        fc.integer({ min: 0, max: 30_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (budget, retryAfter, random) => {
          const { timing, waits } = fakeTiming(() => random);
          const { calls } = await failing(timing, fault(true, retryAfter), budget);
          expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(budget);
          expect(waits.every((ms) => ms >= retryAfter)).toBe(true);
          expect(calls).toBe(waits.length + 1);
        },
      ),
    );
  });
});
