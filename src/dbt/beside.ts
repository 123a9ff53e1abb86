import type { ManifestNode } from './artifacts.ts';
import type { DbtCommand } from './command.ts';
import { kindOf } from './effect.ts';
import type { RunFact } from './invocation.ts';
import { takesNext } from './options.ts';

/**
 * Code of the project that a command runs with the credential, but that no selection names: its on-run hooks, and the
 * macro of `run-operation`. dbt says that it ran, and nothing of what it read or wrote. Hooks of a node's own are the
 * same around that node; of these dbt does not even say that they ran.
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

/** Whether dbt runs hooks of the node's own around it, its `pre-hook` and `post-hook`: SQL beside its own. */
export function hasOwnHooks({
  config,
  materialized,
}: Pick<ManifestNode, 'config' | 'materialized'>): boolean {
  if (materialized === 'ephemeral') return false;
  return ['pre-hook', 'post-hook'].some((key) => Array.isArray(config[key]) && config[key].length > 0);
}

/** unique_ids of the nodes that a command worked on with hooks of their own, sorted. A node that was skipped had none run. */
export function nodesWithHooks({ artifacts }: RunFact): readonly string[] {
  const { results = [] } = artifacts?.runResults ?? {};
  const ran = results.filter(({ status }) => status !== 'skipped' && status !== 'no-op');
  const hooked = ran.filter(({ uniqueId }) => {
    const node = artifacts?.manifest.nodes.get(uniqueId);
    return node !== undefined && hasOwnHooks(node);
  });
  return hooked.map(({ uniqueId }) => uniqueId).sort();
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
