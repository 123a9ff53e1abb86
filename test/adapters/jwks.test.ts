import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuerJwks } from '../../src/adapters/jwks.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';

let issuer: Issuer;
let now = 0;
let slept: number[] = [];
const sleep = async (ms: number) => void slept.push(ms);
const timing = { now: () => now, sleep, random: () => 0 };

beforeEach(async () => {
  issuer = await startIssuer();
  now = 0;
  slept = [];
});
afterEach(() => issuer.close());

describe('issuerJwks', () => {
  it('asks <issuer>/.well-known/jwks once and keeps the answer, per issuer', async () => {
    const other = await startIssuer();
    const jwks = issuerJwks({ allowLoopback: true, timing });
    const [first, second] = [
      await jwks(issuer.issuer, { fresh: false }),
      await jwks(issuer.issuer, { fresh: false }),
    ];
    expect(first.keys).toEqual([issuer.key().publicJwk]);
    expect(second).toBe(first);
    expect((await jwks(other.issuer, { fresh: false })).keys).toEqual([other.key().publicJwk]);
    expect(issuer.requests.map(({ path }) => path)).toEqual(['/.well-known/jwks']);
    await other.close();
  });

  it('asks again when fresh keys are wanted, no sooner than 2 s after the last request', async () => {
    const jwks = issuerJwks({ allowLoopback: true, timing });
    await jwks(issuer.issuer, { fresh: false });
    now = 500;
    await issuer.rotate();
    expect((await jwks(issuer.issuer, { fresh: true })).keys).toEqual([issuer.key().publicJwk]);
    expect(slept).toEqual([1500]);
    now = 10_000;
    await jwks(issuer.issuer, { fresh: true });
    expect(slept).toEqual([1500]);
    expect(issuer.requests).toHaveLength(3);
  });

  it('sends no credential', async () => {
    await issuerJwks({ allowLoopback: true })(issuer.issuer, { fresh: false });
    expect(issuer.requests[0]?.authorization).toBeUndefined();
  });
});
