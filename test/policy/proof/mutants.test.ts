import { describe, expect, it } from 'vitest';
import { mutantsOf } from './mutants.ts';

const what = (source: string) => mutantsOf(source).map((mutant) => mutant.what);

describe('mutants', () => {
  it('change one place each, and know its line', () => {
    expect(mutantsOf('f(a === b);\ng(c && d);\n').map(({ line, text }) => [line, text])).toEqual([
      [1, ';\ng(c && d);\n'],
      [1, 'f((a !== b));\ng(c && d);\n'],
      [2, 'f(a === b);\n;\n'],
      [2, 'f(a === b);\ng((c || d));\n'],
      [2, 'f(a === b);\ng((c));\n'],
      [2, 'f(a === b);\ng((d));\n'],
    ]);
  });

  it.each([
    ['a comparison', 'x = a < b', ['a < b -> (a <= b)', 'a < b -> (a >= b)']],
    ['a negation', 'x = !a', ['!a -> (a)']],
    ['a choice', 'x = a ? b : c', ['a ? b : c -> (b)', 'a ? b : c -> (c)']],
    ['a membership', 'x = a in b', ['a in b -> true', 'a in b -> false']],
    ['a set', 'x = new Set(a)', ['new Set(a) -> (a)']],
    ['a step', 'x = a.filter(b)', ['a.filter(b) -> (a)']],
    ['a question', 'x = a.has(b)', ['a.has(b) -> true', 'a.has(b) -> false']],
    ['some', 'x = a.some(b)', ['a.some(b) -> true', 'a.some(b) -> false', 'some -> every']],
    ['a list', 'x = [a, ...b]', ['a, -> (nothing)', '...b -> (nothing)']],
    ['an object', 'x = { a, ...b }', ['a, -> (nothing)', '...b -> (nothing)']],
    ['a text', "x = 'a'", ["'a' -> ''"]],
    ['an empty text', "x = ''", ["'' -> 'x'"]],
    ['a template', 'x = `a${b}c`', ["`a${b}c` -> ('')", 'a -> (nothing)', 'c -> (nothing)']],
    ['a number', 'x = 32', ['32 -> 33']],
    ['a chain', 'x = a?.b', ['?. -> .']],
    ['an expression', 'x = /^[a]+$/g', ['/[a]+$/g', '/^[a]+/g', '/^[a]+$/', '/^[a]$/g', '/^[^a]+$/g']],
  ])('of %s', (_, source, expected) => {
    const [dropped, ...found] = what(source);
    expect(dropped).toContain('-> ;');
    expect(found).toEqual(expected.map((one) => (one.startsWith('/') ? `/^[a]+$/g -> ${one}` : one)));
  });

  it('know a name that every object has', () => {
    expect(what('const x = a.toString();')).toEqual([]);
  });

  it('drop statements, and take each way of a condition and of a loop', () => {
    expect(what('for (const a of b) { if (c) continue; }')).toEqual([
      'b -> []',
      'c -> true',
      'c -> false',
      'continue; -> ;',
    ]);
    expect(what('switch (a) { case b: break; }')).toEqual(['case b: break; -> (nothing)', 'break; -> ;']);
  });

  it('give nothing for a function, by its type', () => {
    expect(what('function f(): readonly string[] { return a; }')).toEqual([
      '{ return a; } -> { return []; }',
    ]);
    expect(what('function f(): boolean { return a; }')).toHaveLength(2);
  });

  it('leave types, imports, comments, the wording of errors and defaults for the type checker alone', () => {
    expect(what("import { a } from 'b';\n// a && b\ntype A = 'b' | 'c';\nconst a = b as 'c';")).toEqual([]);
    expect(what("const e = new PassportError('CODE', 'words', { hint: 'words' });")).toEqual([
      "'CODE' -> ''",
    ]);
    expect(what("const a = b ?? '';\nconst [c = '', d = []] = e;")).toEqual(["b ?? '' -> ('')"]);
  });
});
