import { parse } from '@cdktf/hcl2json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { block, expression, jsonEncoded, label, nested } from '../../../src/policy/trust/hcl.ts';

describe('a block of HCL', () => {
  it('has an argument to a line, and leaves out what is not there', () => {
    expect(
      block('resource', ['type', 'name'], {
        text: 'a',
        absent: undefined,
        list: ['a', 'b'],
        reference: expression('other.name'),
        mapping: { key: 'value', 'a b': 'c' },
        inner: nested({ list: ['x'], deeper: nested({ text: 'y' }) }),
      }),
    ).toBe(
      [
        'resource "type" "name" {',
        '  text = "a"',
        '  list = ["a", "b"]',
        '  reference = other.name',
        '  mapping = {',
        '    "key" = "value"',
        '    "a b" = "c"',
        '  }',
        '  inner {',
        '    list = ["x"]',
        '    deeper {',
        '      text = "y"',
        '    }',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('holds any text as it is', async () => {
    const odd = fc.constantFrom(
      '\b',
      '\f',
      '\\b',
      '\\f',
      '\\',
      '"',
      '\n',
      '${',
      '%{',
      '$',
      '%',
      '{',
      'é',
      '\u2028',
    );
    const texts = fc.array(fc.oneof(odd, fc.string()), { maxLength: 6 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const read = await parse('x.tf', block('locals', [], { text }));
        const [{ text: found }] = read['locals'];
        expect(plainText(found)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['\b\b', '"\\u0008\\u0008"'],
    ['\f', '"\\u000c"'],
    ['\\b\n', '"\\\\b\\n"'],
    ['${a} %{b} ${c}', '"$${a} %%{b} $${c}"'],
  ])('writes %j as %s', (text, written) => {
    expect(block('locals', [], { text })).toBe(`locals {\n  text = ${written}\n}\n`);
    expect(jsonEncoded(text)).toEqual({ hcl: `jsonencode(${written})` });
  });

  it('encodes JSON over lines of its own', () => {
    expect(jsonEncoded({ a: [1] })).toEqual({ hcl: 'jsonencode({\n    "a": [\n      1\n    ]\n  })' });
  });
});

/** The parser leaves the marks of templates that are none. */
function plainText(text: string): string {
  return text.replaceAll('$${', '${').replaceAll('%%{', '%{');
}

describe('label', () => {
  it.each([
    ['dbt-Prod_1', 'dbt-Prod_1'],
    ['a.b/c', 'a_b_c'],
    ['1st', '_1st'],
    ['-a', '_-a'],
    ['_a', '_a'],
  ])('of %s is %s', (name, expected) => {
    expect(label(name)).toBe(expected);
  });
});
