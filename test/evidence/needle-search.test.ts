import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needleSearch } from '../../src/evidence/needle-search.ts';
import { bytes } from '../support/evidence.ts';
import { TIMES } from '../support/long-runs.ts';

const needle = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 4, maxLength: 8 });

describe('needleSearch', () => {
  it('finds what a plain search finds, and no more', () => {
    const needles = fc.uniqueArray(needle, { maxLength: 6 });
    const around = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 60 });
    fc.assert(
      fc.property(needles, around, (texts, content) => {
        const found = needleSearch(texts)(bytes(content));
        const plainly = texts.flatMap((text, number) => (content.includes(text) ? [number] : []));
        expect([...found].sort()).toEqual(plainly);
      }),
      { numRuns: 170 * TIMES },
    );
  });

  it('finds a needle in every second byte, from either start', () => {
    const search = needleSearch(['hunter22', 'absent__']);
    for (const before of ['', 'x']) {
      const spaced = bytes(`${before}${[...'hunter22'].join('\0')}`);
      expect([...search(spaced, 2)]).toEqual([0]);
      expect([...search(spaced)]).toEqual([]);
    }
  });

  it('is not slower for a thousand needles', () => {
    const content = bytes('select a, b from "db"."schema"."table" where x = 1; '.repeat(20_000));
    const many = Array.from({ length: 14_000 }, (_, index) => `needle-${index}-${'x'.repeat(40)}-${index}`);
    const time = (search: ReturnType<typeof needleSearch>) => {
      const started = performance.now();
      search(content);
      return performance.now() - started;
    };
    const one = Math.min(...Array.from({ length: 5 }, () => time(needleSearch(many.slice(0, 1)))));
    const all = Math.min(...Array.from({ length: 5 }, () => time(needleSearch(many))));
    expect(all).toBeLessThan(one * 20 + 200);
  });
});
