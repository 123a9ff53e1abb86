import type { DbtCommand } from './command.ts';
import { kindOf } from './effect.ts';
import { takesNext } from './options.ts';

/**
 * Code of the project that a command runs with the credential, but that no selection names: its on-run hooks, and the
 * macro of `run-operation`. dbt says that it ran, and nothing of what it read or wrote.
 */

/** The tasks of dbt that call before_run and after_run of RunTask. Source: dbt-core, dbt/task/run.py and its subclasses. */
const AROUND = new Set(['build', 'run', 'seed', 'snapshot', 'test']);

/**
 * Whether dbt runs the hooks of the project around the nodes of a command: always when there are nodes, never, or, for
 * `source freshness`, by `source_freshness_run_project_hooks` (a flag of the project; dbt's default since 1.10 is yes).
 */
export function hooksAround(command: string): 'always' | 'by-flag' | 'never' {
  if (command === 'source freshness') return 'by-flag';
  return AROUND.has(command) ? 'always' : 'never';
}

/** A hook by its unique_id. */
export function isHook(uniqueId: string): boolean {
  return kindOf(uniqueId) === 'operation';
}

/** Whether results of this kind are of such code: `operation` is a hook, `macro` that of a run-operation. */
export function isBeside(kind: string): boolean {
  return kind === 'operation' || kind === 'macro';
}

/** The macro that a `run-operation` names, as it is written: `grant_select` or `utils.grant_select`; null for another command. */
export function operationOf({ name, args }: DbtCommand): string | null {
  if (name !== 'run-operation') return null;
  return args.find((argument, index) => !argument.startsWith('-') && !isValue(args[index - 1])) ?? null;
}

function isValue(before: string | undefined): boolean {
  return before?.startsWith('-') === true && takesNext(before);
}

/** Whether a result is that of the macro: dbt writes `macro.<package>.<name>`. */
export function isOperation(uniqueId: string, operation: string | undefined): boolean {
  if (operation === undefined || kindOf(uniqueId) !== 'macro') return false;
  return operation.includes('.') ? uniqueId === `macro.${operation}` : uniqueId.endsWith(`.${operation}`);
}
