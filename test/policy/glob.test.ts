import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches } from '../../src/policy/glob.ts';
import { TIMES } from '../support/long-runs.ts';

/** The semantics once more, as a regular expression. */
function reference(pattern: string): RegExp {
  const source = pattern.replace(/(^|.)\*|[.+?^$()[\]{}|\\]/gs, (found, before?: string) => {
    if (!found.endsWith('*')) return `\\${found}`;
    const literal = before === undefined ? '' : before.replace(/[.+?^$()[\]{}|\\]/, '\\$&');
    return `${literal}${before === '/' ? '[A-Za-z0-9_-][A-Za-z0-9._-]*' : '[A-Za-z0-9._-]+'}`;
  });
  return new RegExp(`^(?:${source})$`);
}

describe('globMatches', () => {
  it('equals the reference on every text of a small alphabet', () => {
    const literal = fc.string({ unit: fc.constantFrom('a', '/', '.', '+'), minLength: 1, maxLength: 4 });
    const rest = fc.string({ unit: fc.constantFrom('a', '/', '.', '+'), maxLength: 4 });
    const pattern = fc.oneof(
      fc.tuple(literal, rest).map((parts) => parts.join('*')),
      fc.tuple(literal, literal, rest).map((parts) => parts.join('*')),
    );
    const text = fc.string({ unit: fc.constantFrom('a', '/', ':', '.', '\n', '+'), maxLength: 12 });
    const filled = pattern.chain((p) =>
      fc
        .array(fc.string({ unit: fc.constantFrom('a', '.', '/'), maxLength: 3 }), {
          minLength: 2,
          maxLength: 2,
        })
        .map((fills) => ({ p, t: p.replace(/\*/g, () => fills.shift() ?? '') })),
    );
    fc.assert(
      fc.property(fc.oneof(filled, fc.record({ p: pattern, t: text })), ({ p, t }) => {
        expect([p, t, globMatches(p, t)]).toEqual([p, t, reference(p).test(t)]);
      }),
      { numRuns: 1_700 * TIMES },
    );
  });

  it.each([
    ['refs/tags/v*', 'refs/tags/v1', true],
    ['refs/tags/v*', 'refs/tags/v', false],
    ['refs/tags/v*', 'refs/tags/v1\n', false],
    ['refs/tags/v*', 'refs/tags/v1@x', false],
    ['refs/tags/v*', 'refs/tags/v%3A', false],
    ['refs/heads/release/*', 'refs/heads/release/.x', false],
    ['refs/heads/a/*/b/*', 'refs/heads/a/x/b/y', true],
    ['refs/heads/a/*/b/*', 'refs/heads/a/x/b/.y', false],
    ['refs/heads/a*a*a', 'refs/heads/aaaaa', true],
    ['refs/heads/a*a*a', 'refs/heads/aaaa', false],
    ['a*b', 'xaYb', false],
    ['a*b*c', 'xaYbZc', false],
    ['a*b*c*d', 'aXbXcXd', false],
    ['a*b*c*d', 'aXbXc', false],
    ['a*b*c*', 'aXbXc', false],
    ['a*b*c', 'aXbXc', true],
    ['a*b*c', 'aXbXd', false],
    ['a*b*c', 'aXXc', false],
    ['a*b', 'aXbX', false],
    ['a*b*c', 'aXbXcX', false],
    ['a*b*c', 'abXc', false],
    ['ab*ba', 'aba', false],
    ['ab*b*ba', 'aba', false],
    ['refs/heads/a', 'refs/heads/a', true],
    ['refs/heads/a', 'refs/heads/b', false],
  ])('%s on %j is %s', (pattern, text, holds) => {
    expect(globMatches(pattern, text)).toBe(holds);
  });

  it('holds for no text of more than 1,024 characters', () => {
    expect(globMatches('refs/heads/a*', `refs/heads/${'a'.repeat(1_013)}`)).toBe(true);
    expect(globMatches('refs/heads/a*', `refs/heads/${'a'.repeat(1_014)}`)).toBe(false);
  });
});
