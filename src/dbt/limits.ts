import { PassportError } from '../errors.ts';
import type { DbtLimits } from '../policy/policy.ts';
import { type DbtCommand, isRetry } from './command.ts';
import { hasOption } from './options.ts';
import { parseArguments, selectsNodes } from './selection.ts';

/**
 * Whether the rule lets the commands be asked for at all; which nodes they touch is checked by the plan.
 * `--vars` is allowed: the plan is made with the same values, so the limits hold on what they lead to.
 *
 * @throws ERR_DBT_SELECTION_FORBIDDEN for a command or option outside the rule, ERR_DBT_COMMAND_INVALID
 *   for commands that cannot be planned together.
 */
export function checkCommands(commands: readonly DbtCommand[], limits: DbtLimits): void {
  for (const command of commands) checkCommand(command, limits);
  const later = commands.slice(commands.findIndex(selectsNodes));
  if (commands.some(selectsNodes) && later.some(({ name }) => name === 'deps')) {
    throw new PassportError(
      'ERR_DBT_COMMAND_INVALID',
      'deps comes after a command whose nodes it can change, so they could not be planned',
      { hint: 'Put `deps` first in the input `command`.' },
    );
  }
  const parsings = new Set(commands.filter(selectsNodes).map((command) => parseArguments(command).join(' ')));
  if (parsings.size > 1) {
    throw new PassportError(
      'ERR_DBT_COMMAND_INVALID',
      'the commands give different --vars or warning options',
      {
        hint: 'Each makes another project of the same files: give all commands the same, or use one step for each.',
      },
    );
  }
}

function checkCommand(command: DbtCommand, limits: DbtLimits): void {
  // It repeats the line before it, which has been held against the rule, and has no options to check.
  if (isRetry(command)) return;
  const commands = limits.commands.map((name) => (name === 'list' ? 'ls' : name));
  if (!commands.includes(command.name)) {
    const allowed = commands.length === 0 ? 'no command' : commands.join(', ');
    throw forbidden(
      'COMMAND',
      `"${command.text}" asks for dbt ${command.name}; the rule allows ${allowed}`,
      `Use an allowed command, or ask the owner of the policy to add "${command.name}" to \`dbt.commands\` of the rule.`,
    );
  }
  if (!limits.fullRefresh && hasOption(command.args, '--full-refresh', '-f')) {
    throw forbidden(
      'FULL_REFRESH',
      `"${command.text}" asks for a full refresh, which drops and rebuilds tables; the rule does not allow it`,
      'Remove --full-refresh, or ask the owner of the policy to set `dbt.full_refresh: "true"` in the rule.',
    );
  }
}

function forbidden(reason: string, message: string, hint: string): PassportError {
  return new PassportError('ERR_DBT_SELECTION_FORBIDDEN', message, { reason, hint });
}
