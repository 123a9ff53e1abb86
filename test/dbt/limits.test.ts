import { describe, expect, it } from 'vitest';
import { parseCommands } from '../../src/dbt/command.ts';
import { checkCommands } from '../../src/dbt/limits.ts';
import type { DbtLimits } from '../../src/policy/policy.ts';
import { RULE } from '../support/records.ts';

const limits: DbtLimits = { ...RULE.dbt, commands: ['build', 'test', 'list'], fullRefresh: false };
const check = (input: string, change: Partial<DbtLimits> = {}) =>
  checkCommands(parseCommands(input), { ...limits, ...change });

describe('checkCommands', () => {
  it.each(['build', 'build\ntest', 'ls', 'list', `build --vars 'a: 1'`])('lets %j pass', (input) => {
    expect(() => check(input)).not.toThrow();
  });

  it.each(['run', 'run-operation drop_all', 'build\nseed', 'deps', 'source freshness'])(
    'D04 refuses %j: not in the rule',
    (input) => {
      expect(() => check(input)).toThrow(
        expect.objectContaining({
          code: 'ERR_DBT_SELECTION_FORBIDDEN',
          reason: 'COMMAND',
          message: expect.stringContaining('the rule allows build, test, ls'),
        }),
      );
    },
  );

  it('lets retry pass with the line that it repeats, and only with that', () => {
    expect(() => check('build\nretry')).not.toThrow();
    expect(() => check('run\nretry')).toThrow(/asks for dbt run;/);
  });

  it('allows nothing when the rule lists nothing', () => {
    expect(() => check('build', { commands: [] })).toThrow(/no command/);
  });

  it.each([
    'build --full-refresh',
    'build -f',
    'build --select x -f --vars {}',
    'test\nbuild --full-refresh=true',
  ])('D06 refuses the full refresh of %j unless the rule allows it', (input) => {
    expect(() => check(input)).toThrow(expect.objectContaining({ reason: 'FULL_REFRESH' }));
    expect(() => check(input, { fullRefresh: true })).not.toThrow();
  });

  it('does not take a quoted selection for an option', () => {
    expect(() => check('build --select "tag:x --full-refresh"')).not.toThrow();
  });

  it('refuses commands that cannot share one parsed project', () => {
    expect(() => check(`build --vars 'a: 1'\ntest`)).toThrow(
      expect.objectContaining({ code: 'ERR_DBT_COMMAND_INVALID' }),
    );
    expect(() => check(`build --vars 'a: 1'\ntest --vars 'a: 1'`)).not.toThrow();
  });

  it('refuses deps after a command that was planned without its packages', () => {
    const commands = ['build', 'deps'];
    expect(() => check(`build --vars 'a: 1'\ndeps`, { commands })).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_COMMAND_INVALID',
        message: expect.stringContaining('deps comes after'),
      }),
    );
    expect(() => check('deps\nbuild', { commands })).not.toThrow();
    expect(() => check('deps', { commands })).not.toThrow();
  });
});
