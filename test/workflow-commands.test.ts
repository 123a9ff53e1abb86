import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakCommands, CommandNeutraliser, LINE_LIMIT } from '../src/workflow-commands.ts';
import { parsesAsCommand } from './support/runner-commands.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function neutralise(...chunks: readonly (string | Uint8Array)[]): string {
  const neutraliser = new CommandNeutraliser();
  const out = chunks.map((chunk) => neutraliser.push(typeof chunk === 'string' ? bytes(chunk) : chunk));
  return out.join('') + neutraliser.end();
}

/** Colour sequences taken out; any other keeps its ESC and is found. */
const withoutColours = (text: string) =>
  text
    .split('\u001b')
    .map((part, index) =>
      /^\[[0-9;:]*m/.test(part) ? part.replace(/^[^m]*m/, '') : `${index > 0 ? '\u001b' : ''}${part}`,
    )
    .join('');

const commandsIn = (text: string) =>
  text.split(/\r\n|\r|\n/).filter((line) => parsesAsCommand(line) !== undefined);

describe('breakCommands', () => {
  it('L01: a claim value cannot start a command', () => {
    expect(breakCommands('::set-output name=decision::allow')).toBe('\\::set-output name=decision::allow');
    expect(breakCommands(' \u200b::add-mask::a')).toBe(' \u200b\\::add-mask::a');
    expect(breakCommands('price::numeric')).toBe('price::numeric');
  });

  it('leaves no command in any line', () => {
    const part = fc.constantFrom(
      '::',
      ':',
      '##[',
      '#',
      '[',
      ']',
      ' ',
      '\t',
      '\u0085',
      '\u00a0',
      '\u200b',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(parsesAsCommand(breakCommands(parts.join('')))).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['##[add-mask]a', 'a##[set-output name=x]y', '###[error]'])(
    'L02: the branch name %s is broken',
    (name) => {
      expect(parsesAsCommand(name)).toBeDefined();
      expect(parsesAsCommand(breakCommands(name))).toBeUndefined();
    },
  );
});

describe('CommandNeutraliser', () => {
  it.each([
    ['::set-output name=decision::allow\n', '\\::set-output name=decision::allow\n'],
    ['  ::save-state name=folder::/etc\n', '  \\::save-state name=folder::/etc\n'],
    ['::add-mask::a\n', '\\::add-mask::a\n'],
    ['x ##[set-output name=rule]y\n', 'x ##\\[set-output name=rule]y\n'],
    ['done\r::error::x\n', 'done\n\\::error::x\n'],
    ['\u001b[32m::notice::x\u001b[0m\n', '\u001b[32m\\::notice::x\u001b[0m\n'],
    ['\u001b]0;title\u0007::notice::x\n', '\\::notice::x\n'],
    ['#\u0000#\u001b[2K[error]x\n', '##\\[error]x\n'],
    [':\u0000:error::x\n', '\\::error::x\n'],
  ])('L03: %j is no command any more', (given, expected) => {
    expect(neutralise(given)).toBe(expected);
    expect(commandsIn(expected)).toEqual([]);
    expect(neutralise(...given)).toBe(expected);
  });

  it('leaves ordinary output as it is', () => {
    const text = '10:15:02  1 of 3 OK created [OK in 0.10s]\n  cast(a as x)::int, b[1] # c\n\n:\n: a\n';
    expect(neutralise(text)).toBe(text);
    expect(neutralise('a\r\nb\r\n')).toBe('a\nb\n');
  });

  it('keeps colours and drops every other escape sequence', () => {
    const given =
      '\u001b[1;31mred\u001b[0m\u001b[2J\u001b[10;10H\u001b[?25l\u001bc\u001b(B\u001b]8;;http://x\u001b\\link';
    expect(neutralise(given)).toBe('\u001b[1;31mred\u001b[0mlink\n');
  });

  it('resets a colour that is left on, and ends the last line', () => {
    expect(neutralise('\u001b[31mred')).toBe('\u001b[31mred\u001b[0m\n');
    expect(neutralise(':')).toBe(':\n');
    expect(neutralise('')).toBe('');
  });

  it('does not let an unfinished sequence hide the lines that follow', () => {
    expect(neutralise('a\u001b]0;title\nb\u001b[12\nc\n')).toBe('a\nb\nc\n');
  });

  it('L04: NUL, other control characters and text direction overrides go, invalid UTF-8 is marked', () => {
    expect(neutralise('a\u0000b\u0007c\u009bd\u202ee\n')).toBe('abcde\n');
    expect(neutralise(new Uint8Array([0x61, 0xff, 0x62, 0xe2, 0x82]))).toBe('a\ufffdb\ufffd\n');
  });

  it('joins characters that lie in two chunks', () => {
    const euro = bytes('€');
    expect(neutralise(euro.subarray(0, 1), euro.subarray(1))).toBe('€\n');
  });

  it('L04: output without a newline streams on with bounded memory, cut into lines', () => {
    const neutraliser = new CommandNeutraliser();
    const chunk = bytes('x'.repeat(1 << 20));
    let longest = 0;
    let length = 0;
    let passed = 0;
    for (let sent = 0; sent < 32; sent += 1) {
      const out = neutraliser.push(chunk);
      expect(out.length).toBeLessThan(chunk.length + 32);
      passed += out.replaceAll(/[^x]/g, '').length;
      for (const [index, part] of out.split('\n').entries()) {
        length = index === 0 ? length + part.length : part.length;
        longest = Math.max(longest, length);
      }
    }
    expect(longest).toBe(LINE_LIMIT);
    expect(passed + neutraliser.end().replaceAll(/[^x]/g, '').length).toBe(32 << 20);
  });

  it('a cut does not make a command of the rest of a line', () => {
    const padding = 'x'.repeat(LINE_LIMIT);
    expect(commandsIn(neutralise(`${padding}::error::x\n`))).toEqual([]);
    expect(commandsIn(neutralise(`${padding}##[error]x\n`))).toEqual([]);
  });

  it('breakLine makes room for a line of one’s own', () => {
    const neutraliser = new CommandNeutraliser();
    expect(neutraliser.push(bytes('half'))).toBe('half');
    expect(neutraliser.breakLine()).toBe('\n');
    expect(neutraliser.breakLine()).toBe('');
    expect(neutraliser.push(bytes('::error::x\n'))).toBe('\\::error::x\n');
  });

  it('prints no line that is a command, whatever comes and however it is cut', () => {
    const part = fc.constantFrom(
      ...[
        '::',
        ':',
        '##[',
        '#',
        '[',
        ']',
        'error',
        ' ',
        '\t',
        '\n',
        '\r',
        '\u001b',
        '\u001b[',
        '0m',
        '31;1m',
      ],
      ...[
        '\u001b]',
        '\u0007',
        '\u0000',
        '\u200b',
        '\ufeff',
        '\u0085',
        '\u2028',
        '\u00a0',
        'x',
        'é',
        '😀',
        '\\',
      ],
    );
    const chunk = fc.oneof(
      fc.array(part).map((parts) => bytes(parts.join(''))),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        const out = neutralise(...chunks);
        expect(commandsIn(out)).toEqual([]);
        expect(withoutColours(out)).not.toMatch(/[^\n\t\P{Cc}]/u);
        expect(out === '' || out.endsWith('\n')).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives the same text however the input is cut', () => {
    const text = fc
      .array(fc.constantFrom('::', ':', '##[', '#', '[', 'a', '\n', '\r', '\u001b[31m', '\u001b[2K', '€'))
      .map((parts) => bytes(parts.join('')));
    fc.assert(
      fc.property(text, fc.nat(40), (all, cut) => {
        expect(neutralise(all.subarray(0, cut), all.subarray(cut))).toBe(neutralise(all));
      }),
      { numRuns: 2000 },
    );
  });
});
