import { describe, expect, it } from 'vitest';
import { mutantsOf } from './mutants.ts';

const what = (source: string) => mutantsOf(source).map((mutant) => mutant.what);

describe('mutants', () => {
  it('turn an operator round, each place on its own', () => {
    expect(mutantsOf('a === b && c;\nd === e;\n').map(({ line, text }) => [line, text])).toEqual([
      [1, 'a !== b && c;\nd === e;\n'],
      [2, 'a === b && c;\nd !== e;\n'],
      [1, 'a === b || c;\nd === e;\n'],
    ]);
  });

  it('drop a filter, with what is inside its brackets', () => {
    expect(mutantsOf('x.filter((a) => f(a, [b])).map(g);').map(({ text }) => text)).toContain(
      'x.filter(() => true).map(g);',
    );
  });

  it('drop an element of a list that stands on lines of its own', () => {
    expect(what("[\n  one('a'),\n  ...two(\n    b,\n  ),\n  ({ c }) =>\n    c > 1,\n]")).toEqual([
      '> -> <=',
      "one('a'), -> (nothing)",
      '...two( b, ), -> (nothing)',
      '({ c }) => c > 1, -> (nothing)',
    ]);
  });

  it('leave comments and imports alone', () => {
    expect(what("import { a } from 'b && c';\n// a && b\n/* a === b */\n")).toEqual([]);
  });
});
