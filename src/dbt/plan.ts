import { PassportError } from '../errors.ts';
import type { DbtSession } from '../ports.ts';
import { hooksAround, isHook, operationOf } from './beside.ts';
import type { DbtCommand } from './command.ts';
import type { DbtInvocation } from './invocation.ts';
import type { InstalledPackages } from './packages.ts';
import { readManifest } from './read-artifacts.ts';
import { selectsNodes } from './selection.ts';

/** What a command would touch, as dbt itself resolved it before any credential existed. */
export interface PlannedCommand {
  readonly command: DbtCommand;
  /** `resolved`: dbt listed the nodes. `none`: the command touches no node (deps, parse, …). */
  readonly selection: 'resolved' | 'none';
  /** unique_ids in dbt's order. */
  readonly nodes: readonly string[];
  /** Hooks of the project (`operation.*` ids) that dbt runs around these nodes; absent when it runs none. See beside.ts. */
  readonly hooks?: readonly string[];
  /** The macro that `run-operation` runs, as the command names it. */
  readonly operation?: string;
  /** Set when the command has been run already: `deps`, without which the later ones cannot be planned. */
  readonly done?: DbtInvocation;
}

export interface Plan {
  readonly commands: readonly PlannedCommand[];
  /** The hooks of all commands together. */
  readonly hooks: readonly string[];
}

/** Commands whose selection matches no node. dbt calls that a success; more often it is a misspelt selector. */
export function emptySelections({ commands }: Plan): readonly string[] {
  return commands
    .filter(({ selection, nodes }) => selection === 'resolved' && nodes.length === 0)
    .map(({ command }) => command.text);
}

/**
 * Lets dbt resolve each command's own selection, without a credential and without a connection. `deps` is
 * run at once, also without a credential: packages are code, and code that is not there cannot be planned.
 *
 * @param installed hears of the packages as soon as they are there, also when a later command cannot be planned
 * @throws ERR_DBT_PLAN_FAILED when dbt cannot parse the project or resolve a selection.
 */
export async function planCommands(
  commands: readonly DbtCommand[],
  session: DbtSession,
  installed: (packages: InstalledPackages) => void = () => {},
): Promise<Plan> {
  const planned: PlannedCommand[] = [];
  for (const command of commands) {
    const one = await planCommand(command, session);
    if (one.done?.installed !== undefined) installed(one.done.installed);
    planned.push(one);
  }
  if (!planned.some(runsHooks)) return { commands: planned, hooks: [] };
  const hooks = [...readManifest(await session.manifest()).nodes.keys()].filter(isHook);
  return {
    commands: hooks.length === 0 ? planned : planned.map((one) => (runsHooks(one) ? { ...one, hooks } : one)),
    hooks,
  };
}

/** dbt runs no hook around a selection that is empty. */
function runsHooks({ command, nodes }: PlannedCommand): boolean {
  return nodes.length > 0 && hooksAround(command.name) !== 'never';
}

async function planCommand(command: DbtCommand, session: DbtSession): Promise<PlannedCommand> {
  if (selectsNodes(command)) return { command, selection: 'resolved', nodes: await session.list(command) };
  const operation = operationOf(command);
  if (operation !== null) return { command, selection: 'none', nodes: [], operation };
  if (command.name !== 'deps') return { command, selection: 'none', nodes: [] };
  const done = await session.invoke(command, new Map());
  if (done.exitCode === 0) return { command, selection: 'none', nodes: [], done };
  throw new PassportError('ERR_DBT_PLAN_FAILED', `"${command.text}" ended with exit code ${done.exitCode}`, {
    hint: "dbt's own messages are in the log above. The later commands cannot be planned without the packages.",
  });
}
