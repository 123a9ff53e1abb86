import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DBT_COMMANDS, parseCommands } from '../../src/dbt/command.ts';
import { OWNED_OPTIONS } from '../../src/dbt/options.ts';
import { PassportError } from '../../src/errors.ts';

const parsed = (input: string) => parseCommands(input).map(({ name, args }) => [name, ...args]);

function refused(input: string): string {
  try {
    parseCommands(input);
  } catch (error) {
    if (error instanceof PassportError && error.code === 'ERR_DBT_COMMAND_INVALID') return error.message;
    throw error;
  }
  throw new Error(`was accepted: ${input}`);
}

describe('parseCommands', () => {
  it.each([
    ['build', [['build']]],
    ['dbt build --select tag:nightly', [['build', '--select', 'tag:nightly']]],
    ['seed\n\n  # then the rest\nbuild -s a b\r\n', [['seed'], ['build', '-s', 'a', 'b']]],
    ['docs generate --no-compile', [['docs generate', '--no-compile']]],
    ['list -s x', [['ls', '-s', 'x']]],
    [
      'dbt --warn-error --log-level debug run -s x',
      [['run', '--warn-error', '--log-level', 'debug', '-s', 'x']],
    ],
    [`build --vars '{"a": "b c"}'`, [['build', '--vars', '{"a": "b c"}']]],
    [`build --vars="a: 'x'"`, [['build', "--vars=a: 'x'"]]],
    [`run -s "" 'a'"b"c`, [['run', '-s', '', 'abc']]],
    ['run -s $HOME *.sql ~ a\\b', [['run', '-s', '$HOME', '*.sql', '~', 'a\\b']]],
    ['show -s x --limit -1', [['show', '-s', 'x', '--limit', '-1']]],
  ])('reads %j', (input, expected) => {
    expect(parsed(input)).toEqual(expected);
  });

  it.each(['', ' \n\t\n', '# build', '#'])('refuses %j: no command', (input) => {
    expect(refused(input)).toContain('empty');
  });

  it.each(['rm -rf /', 'dbt', 'dbt dbt build', 'docs serve', 'init x', 'source', '-s x'])(
    'refuses %j: not a command that runs here',
    (input) => {
      expect(refused(input)).toContain('does not start with a dbt command');
    },
  );

  it.each([
    ['build -s x\nretry', [['build', '-s', 'x'], ['retry']]],
    [
      'deps\nrun\nretry\ndbt retry --threads 1\ntest',
      [['deps'], ['run'], ['retry'], ['retry', '--threads', '1'], ['test']],
    ],
    [
      'run-operation grant_it\nretry --threads=2',
      [
        ['run-operation', 'grant_it'],
        ['retry', '--threads=2'],
      ],
    ],
    [
      'run --warn-error --defer --defer-state prod --state old\nretry\nretry',
      [
        ['run', '--warn-error', '--defer', '--defer-state', 'prod', '--state', 'old'],
        ['retry', '--warn-error', '--defer-state=prod'],
        ['retry', '--warn-error', '--defer-state=prod'],
      ],
    ],
  ])('reads the retry of the line before it in %j', (input, expected) => {
    expect(parsed(input)).toEqual(expected);
  });

  it.each(['retry', 'deps\nretry', 'compile\nretry', 'docs generate\nretry', 'source freshness\nretry'])(
    'refuses %j: nothing that retry could repeat, and tells what to do across runs',
    (input) => {
      expect(refused(input)).toContain('follows no line that it could repeat');
      expect(() => parseCommands(input)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('result:error') }),
      );
    },
  );

  it.each([
    '--full-refresh',
    '--vars x',
    '--state s',
    '--warn-error',
    '--threads x',
    '--threads 1 -f',
    'more',
  ])('refuses retry %s: it has the options of the line before it', (options) => {
    expect(refused(`build\nretry ${options}`)).toMatch(/has options|no value/);
  });

  it.each(['build --select "tag:x', "build 'a"])('refuses the open quote of %j', (input) => {
    expect(refused(input)).toContain('never closed');
  });

  it.each(['build && rm x', 'build | tee', 'build ; ls', 'build > x', 'build \\'])(
    'refuses the shell of %j',
    (input) => {
      expect(refused(input)).toContain('belongs to a shell');
    },
  );

  it('takes 32,768 characters and no more', () => {
    expect(parsed(`build ${'x'.repeat(32_762)}`)).toHaveLength(1);
    expect(refused(`build ${'x'.repeat(32_763)}`)).toContain('at most 32768 characters');
  });

  describe('D06 injection through the command', () => {
    it.each([...OWNED_OPTIONS.keys()])(
      'refuses %s, also with a value after "=" and before the name',
      (option) => {
        const given = option.startsWith('--') ? [option, `${option}=x`] : [option];
        for (const text of given) {
          expect(refused(`build -s tag:x ${text}`)).toMatch(/cannot be set/);
          expect(refused(`${text} build`)).toMatch(/cannot be set/);
        }
      },
    );

    it.each(['-tprod', '-qt', '-sx', '-fx', '-s=tag:x'])(
      'refuses %s: options that hide in one word',
      (word) => {
        expect(refused(`build ${word} prod`)).toMatch(/cannot be set|in one word/);
      },
    );

    // dbt reads the second word as the value of the first: the plan would be of another selection than the run.
    it.each([
      'build --select --exclude tag:pii',
      'build --exclude --select tag:ok',
      'build --state --exclude=tag:pii',
      'build --defer-state --exclude=tag:pii',
      'build --selector --select x',
      'build --select -1 tag:pii',
      'build -s -f',
      'build --an-option-of-a-later-dbt --exclude tag:pii',
    ])('refuses %j: an option where a value belongs', (input) => {
      expect(refused(input)).toContain('has no value before');
    });

    it('refuses a file of its own for source freshness', () => {
      for (const option of ['-o /tmp/x', '--output /tmp/x', '--output=/tmp/x'])
        expect(refused(`source freshness ${option}`)).toContain('writes a file anywhere');
      expect(parsed('ls --output json')).toEqual([['ls', '--output', 'json']]);
    });

    it('lets switches follow each other', () => {
      const text = 'build --no-defer --fail-fast -x --no-partial-parse --select=-a --full-refresh';
      expect(parsed(text)).toEqual([text.split(' ')]);
    });

    it('refuses the end-of-options mark and control characters', () => {
      expect(refused('build -- x')).toContain('not supported');
      expect(refused('build -s a\u0000b')).toContain('control character');
      expect(refused('build -s a\u001b[2K')).toContain('\\u001b');
    });

    it('keeps a selection in one argument, whatever is in it', () => {
      expect(parsed(`build --select "tag:x --full-refresh"`)).toEqual([
        ['build', '--select', 'tag:x --full-refresh'],
      ]);
      expect(parsed('build --select=tag:x,@file')).toEqual([['build', '--select=tag:x,@file']]);
    });
  });

  it('property: any text gives known commands without an owned option, or a refusal', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'build',
        'dbt',
        '--target',
        '-t',
        '"',
        "'",
        '\n',
        ' ',
        '=',
        '--target-path=x',
        '--',
        '&&',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        try {
          for (const { name, args, text } of parseCommands(words.join(' '))) {
            expect(DBT_COMMANDS).toContain(name);
            expect(args.filter((argument) => OWNED_OPTIONS.has(argument.split('=')[0] ?? ''))).toEqual([]);
            expect(args).not.toContain('--');
            expect(text).not.toMatch(/\p{Cc}/u);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_DBT_COMMAND_INVALID' });
        }
      }),
    );
  });

  it('property: a quoted value arrives as it is', () => {
    const value = fc.string().filter((text) => !/[\p{Cc}']/u.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(parsed(`build --select='${text}'`)).toEqual([['build', `--select=${text}`]]);
      }),
    );
  });
});
