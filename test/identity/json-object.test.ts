import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { readJsonObject } from '../../src/identity/json-object.ts';

const read = (text: string) => readJsonObject('payload', new TextEncoder().encode(text));

function reasonOf(text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    if (error instanceof PassportError) return error.reason;
    throw error;
  }
}

describe('readJsonObject', () => {
  it('reads an object with any spacing, nesting and escapes', () => {
    const text =
      ' {\n"a" : {"a":1,"b":{"a":[{"a":2}]}} ,\t"b":["a","a:",{"a":1}],"c\\"":"\\\\","d":"\\",\\"a\\":"} ';
    expect(Object.fromEntries(read(text))).toEqual(JSON.parse(text));
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":{"b":1},"b":2,"a":[]}',
    '{"\\u0061":1,"a":2}',
    '{"":1,"":2}',
    '{"a":"}","a":1}',
  ])('refuses the repeated name in %s', (text) => {
    expect(reasonOf(text)).toBe('TOKEN_DUPLICATE');
  });

  it('takes a name inside a string or below the top for no name', () => {
    expect(reasonOf('{"a":"\\"a\\":1","b":{"a":1},"c":["a"]}')).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xff, 0x22, 0x7d]);
    expect(() => readJsonObject('payload', bytes)).toThrow("the token's payload is not UTF-8");
  });

  it('accepts eight levels and no more', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect(reasonOf(nested(8))).toBeUndefined();
    expect(reasonOf(nested(9))).toBe('TOKEN_SIZE');
    expect(reasonOf('{"a":"[[[[[[[[[["}')).toBeUndefined();
  });

  it('property: reads what JSON.stringify writes, whatever the names and strings', () => {
    const names = fc.string().filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
    const values = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.dictionary(names, values), fc.constantFrom(0, 2), (object, space) => {
        const text = JSON.stringify(object, null, space);
        expect([...read(text)]).toEqual(Object.entries(JSON.parse(text)));
      }),
    );
  });

  it('property: finds a repeated name wherever the two stand', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 2 })), {
      selector: ([name]) => name,
      minLength: 1,
    });
    fc.assert(
      fc.property(pairs, fc.nat(), fc.nat(), (list, from, to) => {
        const repeated = list[from % list.length] ?? ['', null];
        const doubled = list.toSpliced(to % (list.length + 1), 0, repeated);
        const text = `{${doubled.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
        expect(reasonOf(text)).toBe('TOKEN_DUPLICATE');
      }),
    );
  });
});
