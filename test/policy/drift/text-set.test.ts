import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxOf, exampleIn, meetBoxes, OPEN, present, without } from '../../../src/policy/drift/box.ts';
import { compareBoxes } from '../../../src/policy/drift/compare.ts';
import { contains, exampleOf } from '../../../src/policy/drift/example.ts';
import { linearExpression } from '../../../src/policy/drift/linear-expression.ts';
import { anyCase, both, except, type TextSet, values, wildcard } from '../../../src/policy/drift/text-set.ts';
import { globExpression } from '../../../src/policy/trust/cel.ts';
import { type Accepted, acceptsText } from '../../../src/policy/trust/model.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 6 });
const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 5 });
const leaf: fc.Arbitrary<TextSet> = fc.oneof(
  fc.array(letters, { maxLength: 3 }).map((texts) => values(...texts)),
  patterns.map((pattern) => wildcard(pattern, true)),
);
const sets: fc.Arbitrary<TextSet> = fc.letrec<{ set: TextSet }>((tie) => ({
  set: fc.oneof(
    { maxDepth: 2 },
    leaf,
    fc.tuple(tie('set'), tie('set')).map(([one, other]) => both(one, other)),
    fc.tuple(tie('set'), tie('set')).map(([one, other]) => ({ kind: 'any-of' as const, sets: [one, other] })),
    fc.tuple(tie('set'), tie('set')).map(([one, other]) => except(one, other)),
  ),
})).set;

/** By the definition of a pattern, with an engine that is not ours. */
function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern.replace(/[/.]/g, '\\$&').replaceAll('*', '[^]*').replaceAll('?', '[^]');
  return new RegExp(`^${source}$`).test(text);
}

describe('sets of texts', () => {
  it('a pattern has the texts that a regular expression says', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(contains(wildcard(pattern, true), text)).toBe(matchesPattern(pattern, text));
      }),
    );
  });

  it('an example is in the set, and no short text is when there is none', () => {
    const short = [
      '',
      ...'ab/.x'.split(''),
      ...'ab/.x'.split('').flatMap((one) => 'ab/.x'.split('').map((two) => one + two)),
    ];
    fc.assert(
      fc.property(sets, fc.array(letters, { maxLength: 10 }), (set, texts) => {
        const example = exampleOf(set);
        if (example !== undefined) expect(contains(set, example)).toBe(true);
        else expect([...short, ...texts].filter((text) => contains(set, text))).toEqual([]);
      }),
    );
  });

  it.each([
    ['repo:acme/*', 'repo:acme/dbt:*', 'yes'],
    ['repo:acme/dbt:*', 'repo:acme/*', undefined],
    ['a*b*', 'a*', undefined],
    ['a?', 'a*', undefined],
    ['a*', 'a?', 'yes'],
    ['*a*', 'a*', 'yes'],
    ['**', '*', undefined],
    ['*?', '*', undefined],
    ['*', '?*', 'yes'],
  ])('whether %s goes beyond %s', (one, other, beyond) => {
    const found = exampleOf(except(wildcard(one, true), wildcard(other, true)));
    expect(found === undefined ? undefined : 'yes').toBe(beyond);
    if (found !== undefined) expect(matchesPattern(one, found) && !matchesPattern(other, found)).toBe(true);
  });

  it('a letter of another case is in a set without case only', () => {
    expect([contains(anyCase('Main'), 'mAIN'), contains(values('Main'), 'mAIN')]).toEqual([true, false]);
  });

  it('patterns that cannot be told apart in reasonable time are unclear', () => {
    const long = `${'*a????????????????'.repeat(3)}`;
    expect(() =>
      exampleOf(
        except(wildcard('*', true), {
          kind: 'any-of',
          sets: [wildcard(long, true), wildcard(`${long}b`, true)],
        }),
      ),
    ).not.toThrow();
    expect(() =>
      exampleOf(
        both(wildcard(`*a${'?'.repeat(40)}`, true), {
          kind: 'not',
          set: wildcard(`*?${'?'.repeat(40)}`, true),
        }),
      ),
    ).toThrow(/too long/);
  });
});

describe('what a policy accepts', () => {
  const refs = fc.string({ unit: fc.constantFrom('r', 'v', '/', '.', '1', ' ', 'é', '*'), maxLength: 8 });
  const accepted: fc.Arbitrary<Accepted> = fc.oneof(
    fc.array(refs, { maxLength: 3 }).map((texts) => ({ kind: 'values' as const, values: texts })),
    refs.map((prefix) => ({ kind: 'prefix' as const, prefix })),
    refs.map((pattern) => ({ kind: 'pattern' as const, pattern })),
    fc.array(refs, { maxLength: 3 }).map((texts) => ({ kind: 'except' as const, values: texts })),
  );

  it('is the same set of texts here', () => {
    fc.assert(
      fc.property(
        accepted,
        fc.constantFrom('ref' as const, 'actor_id' as const),
        fc.array(refs),
        (each, claim, texts) => {
          const set = boxOf(new Map([[claim, each]])).get(claim);
          for (const text of [...texts, 'r', '1', '11', 'v1.1']) {
            expect(contains(set?.texts ?? values(), text)).toBe(acceptsText(claim, each, text));
          }
        },
      ),
    );
  });

  it('is the same as its regular expression', () => {
    const globs = fc.string({ unit: fc.constantFrom('r', '/', '.', '*', '1'), maxLength: 6 });
    fc.assert(
      fc.property(
        globs.filter((text) => text.includes('*') && text.split('*').length <= 3),
        (pattern) => {
          const box = boxOf(new Map([['ref' as const, { kind: 'pattern' as const, pattern }]]));
          const other = new Map([['ref', present(linearExpression(globExpression(pattern)))]]);
          expect(compareBoxes([other], [box])).toEqual({ claims: [] });
        },
      ),
    );
  });
});

describe('sets of tokens', () => {
  const box = (claims: Record<string, TextSet>) =>
    new Map(Object.entries(claims).map(([claim, set]) => [claim, present(set)]));

  it('two alternatives cover one that is as wide as both', () => {
    const whole = box({ a: values('1', '2'), b: values('x') });
    const parts = [box({ a: values('1'), b: values('x') }), box({ a: values('2'), b: values('x') })];
    expect(compareBoxes([whole], parts)).toEqual({ claims: [] });
  });

  it('the witness of a wider product is a pair that no alternative has', () => {
    const product = box({ a: values('1', '2'), b: values('x', 'y') });
    const parts = [box({ a: values('1'), b: values('x') }), box({ a: values('2'), b: values('y') })];
    const { wider, narrower } = compareBoxes([product], parts);
    expect([
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
    ]).toContainEqual(Object.fromEntries(wider ?? []));
    expect(narrower).toBeUndefined();
  });

  it('a claim that is not looked at takes any text, and a token without it', () => {
    const { wider, claims } = compareBoxes(
      [box({ a: values('1') })],
      [box({ a: values('1'), event_name: values('push') })],
    );
    expect(Object.fromEntries(wider ?? [])).toEqual({ a: '1', event_name: 'pull_request' });
    expect(claims).toEqual([{ claim: 'event_name', policy: 'push', deployed: 'not looked at' }]);
  });

  it('a missing claim is told apart from an empty one', () => {
    expect(exampleIn(without(OPEN, present(wildcard('*', true))))).toBeNull();
    expect(exampleIn(present(values()))).toBeUndefined();
    expect(meetBoxes(box({ a: values('1') }), box({ a: values('2') })).get('a')?.absent).toBe(false);
  });
});
