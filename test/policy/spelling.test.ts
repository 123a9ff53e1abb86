import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../src/policy/spelling.ts';

/** Levenshtein's distance by its definition. */
function distance(from: string, to: string): number {
  if (from === '' || to === '') return from.length + to.length;
  const [one, other] = [from.slice(1), to.slice(1)];
  if (from[0] === to[0]) return distance(one, other);
  return 1 + Math.min(distance(one, other), distance(one, to), distance(from, other));
}

describe('nearestName', () => {
  it('finds the nearest name up to two edits away, one for a short word, the first of equals', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 5 }), (written, known) => {
        const limit = written.length > 3 ? 2 : 1;
        const near = known
          .filter((name) => distance(written, name) <= limit)
          .toSorted((a, b) => distance(written, a) - distance(written, b));
        expect([written, known, nearestName(written, known)]).toEqual([written, known, near[0]]);
      }),
      { numRuns: 2_000 },
    );
  });
});
