import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, markdownCode, plain } from '../src/untrusted.ts';

const anything = fc.string({ unit: 'binary', maxLength: 700 });

describe('plain', () => {
  it('L01: shows control and invisible characters by their code', () => {
    expect(plain('x\n::set-output name=decision::allow')).toBe('x\\u000a::set-output name=decision::allow');
    expect(plain('a\u202eb\u200bc\u2028d\u{e0041}e\ud800')).toBe(
      'a\\u202eb\\u200bc\\u2028d\\u{e0041}e\\ud800',
    );
    expect(plain('Zürich 東京 😀')).toBe('Zürich 東京 😀');
  });

  it('cuts long text, never inside a character', () => {
    expect(plain('abcdef', 3)).toBe('abc…');
    expect(plain('a😀b', 2)).toBe('a…');
    expect(plain('abc', 3)).toBe('abc');
  });

  it('is one line of well-formed visible text for every input, and short', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const shown = plain(text, 300);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(shown.length).toBeLessThanOrEqual(301);
      }),
    );
  });
});

describe('html', () => {
  it('L05: no element, attribute or entity of foreign text takes effect', () => {
    expect(html(`<img src=x onerror="a('b')">&amp;`)).toBe(
      '&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;amp;',
    );
  });

  it('has no character of markup for every input', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(html(text).replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>&"']/);
      }),
    );
  });
});

describe('markdownCode', () => {
  it('L05: stays a code span in its table cell', () => {
    expect(markdownCode('a|b')).toBe('`a∣b`');
    expect(markdownCode('a\\|b')).toBe('`a\\∣b`');
    expect(markdownCode('`[x](javascript:alert(1))`')).toBe('`ˋ[x](javascript:alert(1))ˋ`');
    expect(markdownCode('<b>@octocat</b>')).toBe('`<b>@octocat</b>`');
    expect(markdownCode('')).toBe('');
    expect(markdownCode('  ')).toBe('');
  });

  it('has its two marks, no other and no cell border, for every input', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const cell = markdownCode(text);
        expect(cell === '' || /^`[^`|\n\r]+`$/.test(cell)).toBe(true);
      }),
    );
  });
});
