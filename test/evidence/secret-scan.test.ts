import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSecrets, refuseSecrets } from '../../src/evidence/secret-scan.ts';
import { Secret } from '../../src/secret.ts';
import type { SecretForm } from '../../src/secret-forms.ts';
import { bytes } from '../support/evidence.ts';
import { LONG } from '../support/long-runs.ts';

/** A rate that `npm test` holds for less. */
const [MEGABYTES, SECONDS] = LONG ? [100, 60] : [20, 12];
const base64 = (value: string, alphabet: 'base64' | 'base64url') => Buffer.from(value).toString(alphabet);

/** How a leak writes the secret, after some text of its own that it is encoded together with. */
const LEAKS: Readonly<Record<SecretForm, (secret: string, before: string) => string>> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify(secret),
  url: (secret) => encodeURIComponent(secret),
  base64: (secret, before) => base64(before + secret, 'base64'),
  base64url: (secret, before) => base64(before + secret, 'base64url'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  reversed: (secret) => [...secret].reverse().join(''),
  spaced: (secret) => [...secret].join(' '),
};
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 8,
  maxLength: 60,
});

describe('X01: issued credentials in the evidence', () => {
  it.each(Object.entries(LEAKS))('X01 %s: found wherever it is', async (_, leak) => {
    await fc.assert(
      fc.asyncProperty(
        printable,
        fc.string({ maxLength: 5 }),
        fc.string(),
        async (secret, before, around) => {
          const file = bytes(`${around}${leak(secret, before)}${around}`);
          const found = await findSecrets(new Map([['dbt/1-build/run_results.json', file]]), [
            new Secret(secret),
          ]);
          expect(found.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: LONG ? 100 : 40 },
    );
  });

  it.each(Object.entries(LEAKS))('X01 %s: named by its form', async (form, leak) => {
    const secret = 'p/s+w"o r:d%17-~?>~?>~?>-token';
    const found = await findSecrets(new Map([['a.json', bytes(`x${leak(secret, 'ab')}y`)]]), [
      new Secret(secret),
    ]);
    expect(found).toContainEqual({ file: 'a.json', form });
  });

  it('finds nothing in what only resembles the secret, and does not look for short ones', async () => {
    const files = new Map([['a.txt', bytes('hunter2 correct-horse-battery-stapl')]]);
    expect(
      await findSecrets(files, [new Secret('correct-horse-battery-staple'), new Secret('hunter2')]),
    ).toEqual([]);
  });

  it('refuses without showing the secret', async () => {
    const files = new Map([['logs/a.txt', bytes('token=correct-horse-battery')]]);
    const refusal = refuseSecrets(files, [new Secret('correct-horse-battery')]);
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_EVIDENCE_HOLDS_SECRET' });
    await expect(refusal).rejects.toThrow(/logs\/a\.txt \(plain\)/);
    await expect(refusal).rejects.not.toThrow(/correct-horse/);
  });

  it('finds one of five thousand, once, whichever it is', async () => {
    const secrets = Array.from(
      { length: 5_000 },
      (_, index) => new Secret(`token-number-${index}-of-the-run`),
    );
    for (const index of [0, 1_999, 2_000, 4_999]) {
      const files = new Map([['a', bytes(`x token-number-${index}-of-the-run y`)]]);
      expect(await findSecrets(files, [...secrets, ...secrets])).toEqual([{ file: 'a', form: 'plain' }]);
    }
  });

  it(`reads ${MEGABYTES} MB in less than ${SECONDS} seconds`, { timeout: SECONDS * 1_000 }, async () => {
    const file = new Uint8Array(MEGABYTES * 1_000_000).fill(0x61);
    file.set(bytes('correct-horse-battery'), (MEGABYTES - 1) * 1_000_000);
    const found = await findSecrets(new Map([['big', file]]), [new Secret('correct-horse-battery')]);
    expect(found).toEqual([{ file: 'big', form: 'plain' }]);
  });
});
