import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { type DocumentNode, readPlainYaml } from '../../src/policy/plain-yaml.ts';
import { LONG } from '../support/long-runs.ts';
import { FULL, SMALLEST } from './fixture.ts';

const TEAM = readFileSync(new URL('../../examples/policies/team.yml', import.meta.url), 'utf8');
const RUNS = LONG ? 10 : 1;

type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

function treeOf({ value }: DocumentNode): Tree {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(treeOf);
  const entries = [...(value as Exclude<typeof value, readonly unknown[]>)];
  return Object.fromEntries(entries.map(([key, { node }]) => [key, treeOf(node)]));
}

function plain(text: string): Tree | undefined {
  const read = readPlainYaml(text);
  return 'offset' in read ? undefined : treeOf(read);
}

/** What the general parser makes of it; undefined when it has any objection. */
function general(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'failsafe', strict: true, merge: false });
  return document.errors.length + document.warnings.length > 0 ? undefined : document.toJS();
}

describe('readPlainYaml', () => {
  it.each([
    ['smallest', SMALLEST],
    ['team', TEAM],
    ['full', FULL],
    ['full, with CRLF', FULL.replaceAll('\n', '\r\n')],
  ])('reads the %s policy as the general parser does', (_, text) => {
    expect(plain(text)).toEqual(general(text));
    expect(plain(text)).toBeDefined();
  });

  it.each([
    ['a: b', { a: 'b' }],
    ['# c\n\na: b # d\n', { a: 'b' }],
    ['a: b#c', { a: 'b#c' }],
    ['a: arn:aws:iam::1:role/x', { a: 'arn:aws:iam::1:role/x' }],
    ['a: "b: # c"', { a: 'b: # c' }],
    ["a: 'b\"c'", { a: 'b"c' }],
    ['a:\n- b\n- c: d\n  e: [f]\nz: y', { a: ['b', { c: 'd', e: ['f'] }], z: 'y' }],
    ['a:\n  { b: c,\n    d: [e, f,] # g\n  }\n', { a: { b: 'c', d: ['e', 'f'] } }],
    ['a: []\nb: {}', { a: [], b: {} }],
    ['toString: a', { toString: 'a' }],
  ])('reads %j', (text, tree) => {
    expect(plain(text)).toEqual(tree);
    expect(general(text)).toEqual(tree);
  });

  it.each([
    ['', 0],
    ['- a', 0],
    ['a', 0],
    ['a:', 2],
    ['a: b\na: c', 5],
    ['a: b\n  c', 7],
    ['a: b: c', 4],
    ['a: &x b', 3],
    ['a: *x', 3],
    ['a: !!str b', 3],
    ['a: |\n  b', 3],
    ['a: "b\\n"', 3],
    ["a: 'b''c'", 6],
    ['a: "b\nc"', 3],
    ['a: [b\n]', 6],
    ['a: [b c: d]', 7],
    ['a: {b:c}', 4],
    ['a: {b: }', 7],
    ['a: [b,, c]', 6],
    ['a: [b', 5],
    ['a: b\n---\nc: d', 5],
    ['%YAML 1.2\n---\na: b', 0],
    ['__proto__: a', 0],
    ['<<: a', 0],
    ['"a": b', 0],
    ['a:\n - b\n  - c', 10],
    [' a: b', 1],
    ['a:\n  b: c\n d: e', 11],
    [`a: ${'['.repeat(40)}`, 34],
  ])('stops in %j at %d', (text, offset) => {
    expect(readPlainYaml(text)).toMatchObject({ offset });
  });

  it('never says anything else than the general parser', () => {
    const seen = { read: 0, stopped: 0 };
    const pieces = fc.constantFrom(
      ...[
        '\n',
        ' ',
        '  ',
        ': ',
        ':',
        '- ',
        '-',
        ', ',
        '[',
        ']',
        '{',
        '}',
        '"',
        "'",
        '#',
        ' #',
        '\r\n',
        'a',
        'b: c',
        '---\n',
        '&a ',
        '*',
        '!',
        '|',
        '>',
        '?',
        '%',
        '@',
        '\\',
        '<<',
        '.',
        '0',
        '~',
      ],
    );
    const edit = fc.record({
      at: fc.nat({ max: 400 }),
      cut: fc.nat({ max: 3 }),
      put: fc.oneof(fc.constant(''), pieces),
    });
    const bases = fc.constantFrom(
      SMALLEST,
      TEAM.slice(0, 900),
      'a:\n  - b: [c, d]\n    e: { f: g }\n  - h: i\nj: "k"\n',
    );
    fc.assert(
      fc.property(bases, fc.array(edit, { minLength: 1, maxLength: 3 }), (base, edits) => {
        const text = edits.reduce(
          (before, { at, cut, put }) =>
            before.slice(0, at % before.length) + put + before.slice((at % before.length) + cut) || 'a',
          base,
        );
        const tree = plain(text);
        seen[tree === undefined ? 'stopped' : 'read'] += 1;
        if (tree !== undefined) expect([text, tree]).toEqual([text, general(text)]);
      }),
      { numRuns: 3_000 * RUNS },
    );
    expect(Math.min(seen.read, seen.stopped)).toBeGreaterThan(300);
  });

  it('says the same of short texts out of the characters that mean something', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '\n', ':', '-', ',', '[', ']', '{', '}', '"', "'", '#', '?', '.'),
      maxLength: 14,
    });
    fc.assert(
      fc.property(text, (tail) => {
        const whole = `a: ${tail}`;
        const tree = plain(whole);
        if (tree !== undefined) expect([whole, tree]).toEqual([whole, general(whole)]);
      }),
      { numRuns: 20_000 * RUNS },
    );
  });
});
