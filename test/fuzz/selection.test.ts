import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommands } from '../../src/dbt/command.ts';
import { checkCommands } from '../../src/dbt/limits.ts';
import { listArguments, ofKind, parseArguments } from '../../src/dbt/selection.ts';
import { matches } from '../../src/dbt/selector.ts';
import { PassportError } from '../../src/errors.ts';
import type { DbtLimits, Selector } from '../../src/policy/policy.ts';
import { manifestNode } from '../support/records.ts';
import { GUARD_MS, hold, PATIENCE, quickest } from './effort.ts';
import { filled, HOSTILE_COMMANDS, HOSTILE_PATHS } from './hostile.ts';

const LIMITS: DbtLimits = {
  target: 'prod',
  commands: ['build', 'ls'],
  within: [],
  never: [],
  fullRefresh: false,
  env: [],
};
const REFUSALS = ['ERR_DBT_COMMAND_INVALID', 'ERR_DBT_SELECTION_FORBIDDEN'];

/** What dbt would be asked, or the code of the refusal; anything else that is thrown is a fault. */
function outcome(input: string): unknown {
  try {
    const commands = parseCommands(input);
    checkCommands(commands, LIMITS);
    return commands.map((command) => [
      listArguments(command),
      parseArguments(command),
      ofKind(command, ['model.a.b', 'test.a.b', '', 'x']),
    ]);
  } catch (error) {
    if (error instanceof PassportError && REFUSALS.includes(error.code)) return error.code;
    throw error;
  }
}

const WORDS = [
  'build',
  'ls',
  'dbt',
  '--select',
  '-s',
  '--exclude',
  '--full-refresh',
  '--vars',
  '--profiles-dir',
  '--',
  '=',
  '@',
  '+',
  "'",
  '"',
  '\\',
  ';',
  '\n',
  '\t',
  'tag:x',
  '--state=',
];
const line = fc
  .array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 10 })), { maxLength: 12 })
  .map((words) => words.join(' '));

describe('the grammar of commands and selections', () => {
  it('takes or refuses any text; what it takes keeps to the rule', PATIENCE, async () => {
    await hold(
      fc.property(
        fc.oneof(
          line,
          line.map((text) => `build ${text}`),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const result = outcome(text);
          expect(outcome(text)).toEqual(result);
          if (typeof result === 'string') return;
          for (const { args } of parseCommands(text)) {
            expect(args.filter((argument) => /^(--profiles-dir|--full-refresh|-f$)/.test(argument))).toEqual(
              [],
            );
          }
        },
      ),
    );
  });

  it(
    'a selector answers for any value and path, and a path never for one outside of it',
    PATIENCE,
    async () => {
      const path = fc
        .array(fc.constantFrom('models', 'marts', '..', '.', '', 'a b', '\\'), { maxLength: 6 })
        .map((parts) => parts.join('/'));
      const method = fc.constantFrom<Selector['method']>(
        'tag',
        'path',
        'package',
        'schema',
        'database',
        'group',
        'access',
      );
      await hold(
        fc.property(method, fc.oneof(fc.string(), path), path, (kind, value, file) => {
          const node = { ...manifestNode('model.shop.orders'), originalFilePath: file };
          const hit = matches(node, { method: kind, value });
          if (kind === 'path' && hit)
            expect(file.split(/[\\/]/).filter((part) => part !== '')).not.toEqual([]);
          expect(matches(node, { method: kind, value })).toBe(hit);
        }),
      );
    },
  );

  it.each(HOSTILE_COMMANDS)(`256 KiB of %j are read within ${GUARD_MS} ms`, async (pattern) => {
    for (const text of [filled(pattern), `build ${filled(pattern)}`, `build --select ${filled(pattern)}`]) {
      expect(await quickest(() => outcome(text))).toBeLessThanOrEqual(GUARD_MS);
      // The longest that is not refused for its length.
      expect(await quickest(() => outcome(text.slice(0, 32_768)))).toBeLessThanOrEqual(GUARD_MS);
    }
  });

  it(`a path of 256 KiB is matched within ${GUARD_MS} ms`, async () => {
    for (const pattern of HOSTILE_PATHS) {
      const node = { ...manifestNode('model.shop.orders'), originalFilePath: filled(pattern) };
      const work = () => matches(node, { method: 'path', value: filled(pattern) });
      expect(await quickest(work)).toBeLessThanOrEqual(GUARD_MS);
    }
  });
});
