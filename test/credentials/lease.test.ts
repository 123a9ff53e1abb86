import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloudFault } from '../../src/credentials/cloud-fault.ts';
import type { Issued } from '../../src/credentials/issued.ts';
import { leaseOf } from '../../src/credentials/lease.ts';
import { PassportError } from '../../src/errors.ts';

const MINUTE = 60_000;

const fault = (transient: boolean) =>
  new CloudFault({ cloud: 'aws', call: 'AssumeRole', status: 0, code: '', text: 'no', transient });

/** An issuer of numbered credentials whose answers can be held back, refused or made to fail. */
function issuer(lifeMs: number) {
  const state = { now: 0, calls: 0, atOnce: 0, most: 0, lifeMs, error: undefined as unknown };
  const gate = { wait: async () => {} };
  const credential = (): Issued<number> => ({
    value: state.calls,
    expiresAt: new Date(state.now + state.lifeMs),
    fact: {
      provider: 'aws',
      principal: 'p',
      scope: 's',
      route: 'r',
      issuedAt: '',
      expiresAt: '2026-01-01T00:00:00Z',
      requestId: '',
    },
  });
  const issue = async () => {
    state.calls += 1;
    state.most = Math.max(state.most, ++state.atOnce);
    await gate.wait();
    state.atOnce -= 1;
    if (state.error !== undefined) throw state.error;
    return credential();
  };
  return { state, gate, issue, credential, timing: { now: () => new Date(state.now) } };
}

const ANSWERS = { issued: undefined, fault: fault(true), refusal: fault(false) };

describe('leaseOf', () => {
  it.each([
    ['16 minutes of an hour', 60 * MINUTE, 16 * MINUTE],
    ['half of a quarter of an hour', 15 * MINUTE, 7.5 * MINUTE],
    ['half of eight seconds', 8_000, 4_000],
  ])('renews when less than %s remains', async (_title, life, spare) => {
    const { state, issue, timing, credential } = issuer(life);
    const lease = leaseOf(issue, timing, credential());
    state.now = life - spare;
    expect((await lease.current()).value).toBe(0);
    state.now += 1;
    expect((await lease.current()).value).toBe(1);
    state.now += life - spare;
    expect((await lease.current()).value).toBe(1);
    expect(state.calls).toBe(1);
  });

  it('issues the first itself when none is given, once for a thousand callers', async () => {
    const { state, issue, timing } = issuer(MINUTE);
    const lease = leaseOf(issue, timing);
    const all = await Promise.all(Array.from({ length: 1_000 }, () => lease.current()));
    expect(new Set(all.map(({ value }) => value))).toEqual(new Set([1]));
    expect(state.calls).toBe(1);
  });

  it('serves the present credential while renewals fail, and asks again every few seconds only', async () => {
    const { state, issue, timing, credential } = issuer(60 * MINUTE);
    const lease = leaseOf(issue, timing, credential());
    state.error = fault(true);
    state.now = 50 * MINUTE;
    for (let second = 0; second < 10; second += 1) {
      expect((await lease.current()).value).toBe(0);
      state.now += 1_000;
    }
    expect(state.calls).toBe(2);
    state.error = undefined;
    state.now += 5_000;
    expect((await lease.current()).value).toBe(3);
  });

  it('throws the passing fault when nothing lives, and gets well again', async () => {
    const { state, issue, timing } = issuer(MINUTE);
    const lease = leaseOf(issue, timing);
    state.error = fault(true);
    await expect(lease.current()).rejects.toBe(state.error);
    await expect(lease.current()).rejects.toBe(state.error);
    expect(state.calls).toBe(1);
    state.error = undefined;
    state.now += 5_000;
    expect((await lease.current()).value).toBe(2);
  });

  it('serves the present credential when the renewal is slow, and the new one when it is there', async () => {
    const { state, gate, issue, timing, credential } = issuer(60 * MINUTE);
    const lease = leaseOf(issue, timing, credential(), 5);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.wait = () => promise;
    state.now = 50 * MINUTE;
    expect((await lease.current()).value).toBe(0);
    expect((await lease.current()).value).toBe(0);
    resolve();
    expect((await lease.current()).value).toBe(1);
    expect(state.calls).toBe(1);
  });

  it('waits for a slow renewal when nothing lives', async () => {
    const { gate, issue, timing } = issuer(MINUTE);
    gate.wait = () => new Promise((done) => setTimeout(done, 30));
    expect((await leaseOf(issue, timing, undefined, 1).current()).value).toBe(1);
  });

  it.each([
    ['a refusal', fault(false)],
    ['a mismatch', new PassportError('ERR_CREDENTIAL_MISMATCH', 'other account')],
    [
      'a token that may not be asked for',
      new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'no', { reason: 'OIDC_REFUSED' }),
    ],
    ['a defect', new TypeError('defect')],
  ])('remembers %s for everybody, although the present credential lives', async (_title, error) => {
    const { state, issue, timing, credential } = issuer(60 * MINUTE);
    const lease = leaseOf(issue, timing, credential());
    state.error = error;
    state.now = 50 * MINUTE;
    await expect(lease.current()).rejects.toBe(error);
    state.error = undefined;
    state.now += 30_000;
    await expect(lease.current()).rejects.toBe(error);
    expect(state.calls).toBe(1);
  });

  it('tries again when GitHub gave no token for a moment', async () => {
    const { state, issue, timing } = issuer(MINUTE);
    const lease = leaseOf(issue, timing);
    state.error = new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'no', { reason: 'OIDC_HTTP' });
    await expect(lease.current()).rejects.toBe(state.error);
    state.error = undefined;
    state.now += 5_000;
    expect((await lease.current()).value).toBe(2);
  });

  it('does not serve a credential that is expired when it comes, or has no time', async () => {
    const { state, issue, timing, credential } = issuer(-1);
    await expect(leaseOf(issue, timing).current()).rejects.toThrow('expired at 2026-01-01T00:00:00Z');
    state.lifeMs = Number.NaN;
    await expect(leaseOf(issue, timing, credential()).current()).rejects.toThrow('clock of this runner');
  });

  it('D09 never serves an expired credential, never renews twice at once, never calls after a refusal', async () => {
    const step = fc.record({
      pass: fc.integer({ min: 0, max: 30 * MINUTE }),
      life: fc.integer({ min: -1_000, max: 90 * MINUTE }),
      answer: fc.oneof(
        { weight: 6, arbitrary: fc.constant('issued' as const) },
        { weight: 3, arbitrary: fc.constant('fault' as const) },
        { weight: 1, arbitrary: fc.constant('refusal' as const) },
      ),
      callers: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { state, issue, timing } = issuer(0);
        const lease = leaseOf(issue, timing);
        let refused = false;
        for (const { pass, life, answer, callers } of steps) {
          const error = ANSWERS[answer];
          Object.assign(state, { now: state.now + pass, lifeMs: life, error, calls: 0 });
          const asked = await Promise.allSettled(Array.from({ length: callers }, () => lease.current()));
          const served = asked.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
          expect(served.every(({ expiresAt }) => expiresAt.getTime() > state.now)).toBe(true);
          expect(served.length * Number(refused)).toBe(0);
          expect(state.calls).toBeLessThanOrEqual(refused ? 0 : 1);
          if (answer === 'refusal') refused ||= state.calls > 0;
        }
        expect(state.most).toBeLessThanOrEqual(1);
      }),
    );
  });
});
