import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../src/evidence/strict-json.ts';
import { bytes } from '../support/evidence.ts';

const parse = (text: string) => parseStrictJson(bytes(text));

describe('JSON that every parser reads the same way', () => {
  it('reads any value that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any object that gets one of its keys once more, however deep', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (key, first, second) => {
        const name = JSON.stringify(key);
        const object = `{${name}:${JSON.stringify(first)},"between":[{}], ${name} : ${JSON.stringify(second)}}`;
        expect(() => parse(`[{"a":${object}}]`)).toThrow(/is there twice/);
      }),
    );
  });

  it.each([
    ['the same key escaped in another way', '{"a":1,"\\u0061":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
  ])('refuses %s', (_, text) => expect(() => parse(text)).toThrow(/is there twice/));

  it('allows the same key in different objects, and a value that looks like a key', () => {
    expect(parse('[{"a":1},{"a":{"a":["a","a"]}}]')).toEqual([{ a: 1 }, { a: { a: ['a', 'a'] } }]);
    expect(parse('{"a":"{\\"a\\":1,","b":"a"}')).toEqual({ a: '{"a":1,', b: 'a' });
  });

  it.each([
    ['a byte order mark', bytes('\ufeff{}')],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a broken end', bytes('{"a":1')],
  ])('refuses %s', (_, content) => expect(() => parseStrictJson(content)).toThrow());
});
