import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type YamlValue, yamlEntry, yamlItem } from '../../../src/policy/commands/yaml-text.ts';

const text = fc.string({ unit: fc.constantFrom(...'abc:#-_/*&!? "\'{}[],0179%@|>~yn'), maxLength: 12 });
const value: fc.Arbitrary<YamlValue> = fc.oneof(
  text,
  fc.constantFrom('true', 'no', 'null', '~', '0x1', '1e3', 'on', 'source freshness', 'tag:pii', 'y'),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('one', 'two', 'three'), text, { minKeys: 1 }),
);

describe('drafted YAML', () => {
  it('is read back as it was meant, by a reader with types too', () => {
    fc.assert(
      fc.property(value, (written) => {
        const lines = yamlEntry('key', written, 0).join('\n');
        expect(parse(lines)).toEqual({ key: written });
        expect(parse(yamlItem({ id: 'x', key: written }, 2).join('\n'))).toEqual([{ id: 'x', key: written }]);
      }),
      { numRuns: 500 },
    );
  });

  it('breaks a long mapping over lines', () => {
    expect(yamlEntry('k', { a: 'x'.repeat(60), b: 'y'.repeat(60) }, 2)).toHaveLength(3);
  });
});
