import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refSamples } from '../../../src/policy/commands/ref-samples.ts';
import { globMatches } from '../../../src/policy/glob.ts';

const vectors = (patterns: readonly string[], texts: readonly string[]) =>
  new Set(
    texts
      .map((text) => patterns.map((pattern) => globMatches(pattern, text)).join())
      .filter((key) => /true/.test(key)),
  );

describe('refSamples', () => {
  it.each([
    [['refs/tags/v*'], 1],
    [['refs/tags/v*', 'refs/tags/v1*'], 2],
    [['refs/tags/v*', 'refs/heads/v*'], 2],
    [['refs/heads/*a', 'refs/heads/a*'].map((glob) => glob.replace('heads/', 'heads/r')), 3],
    [['refs/tags/v*', 'refs/tags/v1'], 2],
    [['refs/heads/r/*', 'refs/heads/r*'], 2],
  ])('%j overlap in %i ways', (patterns, ways) => {
    const samples = refSamples(patterns);
    expect(samples).toHaveLength(ways);
    expect(
      vectors(
        patterns,
        samples.map(({ ref }) => ref),
      ).size,
    ).toBe(ways);
  });

  it('misses no way that short texts show', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 2 });
    const glob = fc
      .tuple(piece, piece, fc.boolean())
      .map(([head, tail, two]) => `refs/tags/x${head}*${tail}${two && tail ? '*' : ''}`);
    const texts = words('ab/.', 4).map((word) => `refs/tags/x${word}`);
    fc.assert(
      fc.property(fc.uniqueArray(glob, { minLength: 1, maxLength: 3 }), (patterns) => {
        const samples = refSamples(patterns);
        for (const { ref, matched } of samples) {
          const matching = patterns.flatMap((glob, index) => (globMatches(glob, ref) ? [index] : []));
          expect([ref, matched]).toEqual([ref, matching]);
        }
        const found = vectors(
          patterns,
          samples.map(({ ref }) => ref),
        );
        for (const vector of vectors(patterns, texts))
          expect([patterns, vector, found.has(vector)]).toEqual([patterns, vector, true]);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses patterns that overlap beyond what can be walked', () => {
    const bits = (index: number) =>
      index.toString(2).padStart(5, '0').replaceAll('0', 'a').replaceAll('1', 'b');
    const patterns = Array.from({ length: 32 }, (_, index) => `refs/tags/x*${bits(index)}*y`);
    const walk = () => refSamples(patterns);
    expect(walk).toThrow(/overlap too often/);
  });
});

function words(letters: string, length: number): readonly string[] {
  if (length === 0) return [''];
  const shorter = words(letters, length - 1);
  return [
    ...shorter,
    ...shorter
      .filter((word) => word.length === length - 1)
      .flatMap((word) => [...letters].map((letter) => word + letter)),
  ];
}
