import { describe, expect, it } from 'vitest';
import {
  celText,
  jsonText,
  quotedName,
  shellWord,
  sqlName,
  sqlText,
  unseen,
} from '../../../src/policy/trust/quoting.ts';

describe('a text of another language', () => {
  it.each([
    ["it's", "'it''s'"],
    ["a\\b\\'", "'a\\\\b\\\\'''"],
    ['a\nb\u2028', "'a\\u000ab\\u2028'"],
  ])('of SQL: %j is %s', (value, written) => {
    expect(sqlText(value)).toBe(written);
  });

  it.each([
    ['DBT_PROD', 'DBT_PROD'],
    ['_a$1', '_a$1'],
    ['1a', '"1a"'],
    ['a b', '"a b"'],
    ['a-', '"a-"'],
    ['a"b"', '"a""b"""'],
    ['a\nb', '"a\\u000ab"'],
  ])('that names something in SQL: %j is %s', (name, written) => {
    expect(sqlName(name)).toBe(written);
  });

  it('that names something in SQL is in quotes when it must be', () => {
    expect(quotedName('DBT_PROD')).toBe('"DBT_PROD"');
  });

  it.each([
    ['sts.amazonaws.com', 'sts.amazonaws.com'],
    ['A@z_0%+=:,./-9', 'A@z_0%+=:,./-9'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$(id)', "'$(id)'"],
    ["it's 'so'", "'it'\\''s '\\''so'\\'''"],
    ['a\n', "'a\\u000a'"],
  ])('that is a word of a shell: %j is %s', (value, written) => {
    expect(shellWord(value)).toBe(written);
  });

  it('is spelt out to its end, however long', () => {
    expect(shellWord('a'.repeat(20_000))).toHaveLength(20_000);
    expect(shellWord('a'.repeat(20_001))).not.toHaveLength(20_001);
  });

  it('that is JSON is read back, over one line or several', () => {
    expect(jsonText({ a: '"\u2028\u{1f600}\u00ad' })).toBe('{"a":"\\"\\u2028\u{1f600}\\u00ad"}');
    expect(jsonText([1], 2)).toBe('[\n  1\n]');
    expect(jsonText('\n')).toBe('"\\n"');
    expect(celText('"\u2029')).toBe('"\\"\\u2029"');
  });

  it.each([
    ['a\u0000\u0001b', 'a\\u0000\\u0001b'],
    ['\u{e0001}', '\\udb40\\udc01'],
    ['\ud800', '\\ud800'],
    ['\u2029 é', '\\u2029 é'],
  ])('shows what cannot be seen: %j is %s', (text, written) => {
    expect(unseen(text)).toBe(written);
  });
});
