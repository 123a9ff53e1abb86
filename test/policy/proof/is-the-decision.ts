import { expect, it } from 'vitest';
import { POLICY_CLAIMS } from '../../../src/policy/trust/capability.ts';
import { uncheckedBy } from '../../../src/policy/trust/unchecked.ts';
import { LONG } from '../../support/long-runs.ts';
import { compareTarget, type Proof } from './equality.ts';
import { type Seen, seenText } from './seen.ts';

/** The same policies each time; in long mode others each time, and the message of a failure has the seed. */
const FIRST = LONG ? Date.now() % 2 ** 31 : 1;

/**
 * A test that the rendered trust takes no token more than the gate and the printed exceptions say, and none less: for so many
 * random claim sets, a hundred and fifty times as many in long mode.
 */
export function isTheDecision(proof: Proof, usual: number): void {
  const { target, options = {} } = proof;
  const title = [target, ...Object.entries(options).map((entry) => entry.join('='))].join(' ');
  const claimSets = LONG ? usual * 150 : usual;
  it(`${title}: no token more than the printed exceptions say, and none less`, async () => {
    const seen = await compareTarget(proof, claimSets, FIRST);
    if (process.env['DBT_PASSPORT_SHOW']) process.stderr.write(`${title} ${seenText(seen)}\n`);
    expect(seen.tokens).toBeGreaterThanOrEqual(claimSets);
    covered(proof, seen);
  }, 3_600_000);
}

/** That it was no empty exercise: every clause was the one that decided, and every exception let something through. */
function covered({ target, options = {} }: Proof, seen: Seen): void {
  const { tokens, overlapping, ambiguous, allowed, denied, enforced, passed } = seen;
  expect(allowed).toBeGreaterThan(tokens * 0.05);
  expect(denied).toBeGreaterThan(tokens * 0.1);
  expect(overlapping).toBeGreaterThan(0);
  expect(ambiguous).toBeGreaterThan(0);
  const never: readonly string[] = uncheckedBy(target, options).map(({ claim }) => claim);
  const claims = [...POLICY_CLAIMS, 'actor', 'time'];
  expect(claims.filter((claim) => never.includes(claim) && !passed.has(claim))).toEqual([]);
  expect(claims.filter((claim) => !never.includes(claim) && !enforced.has(claim))).toEqual([]);
}
