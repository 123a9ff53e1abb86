import { PassportError } from '../errors.ts';
import type { DbtSession } from '../ports.ts';
import { hooksAround, isHook, operationOf } from './beside.ts';
import { type DbtCommand, isRetry } from './command.ts';
import { waitsFor } from './deferred.ts';
import { effectOf } from './effect.ts';
import { withThresholds } from './freshness.ts';
import type { DbtInvocation } from './invocation.ts';
import type { InstalledPackages } from './packages.ts';
import { readManifest, readSelectors } from './read-artifacts.ts';
import { selectsNodes } from './selection.ts';

/** What a command would touch, as dbt itself resolved it before any credential existed. */
export interface PlannedCommand {
  readonly command: DbtCommand;
  /**
   * `resolved`: dbt listed the nodes. `none`: the command touches no node (deps, parse, …). `deferred`: what it
   * touches depends on what an earlier line leaves, so it is planned when that has run; see deferred.ts.
   */
  readonly selection: 'resolved' | 'none' | 'deferred';
  /** Not planned with the others, but after the lines before it had run. */
  readonly deferred?: true;
  /** unique_ids in dbt's order. */
  readonly nodes: readonly string[];
  /** Hooks of the project (`operation.*` ids) that dbt runs around these nodes; absent when it runs none. See beside.ts. */
  readonly hooks?: readonly string[];
  /** The macro that `run-operation` runs, as the command names it. */
  readonly operation?: string;
  /** A `retry` followed, and did not run, because this command did not fail. */
  readonly retry?: 'not needed';
  /** Set when the command has been run already: `deps`, without which the later ones cannot be planned. */
  readonly done?: DbtInvocation;
}

export interface Plan {
  readonly commands: readonly PlannedCommand[];
  /** The hooks of all commands together. */
  readonly hooks: readonly string[];
}

/**
 * Commands whose selection matches no node. dbt calls that a success; more often it is a misspelt selector. Of one
 * that depends on an earlier line it is an answer: no source is fresher, for example.
 */
export function emptySelections({ commands }: Plan): readonly string[] {
  return commands
    .filter(({ selection, nodes, deferred }) => selection === 'resolved' && !deferred && nodes.length === 0)
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
  for (const [index, command] of commands.entries()) {
    const one = await planCommand(command, session, commands.slice(0, index));
    if (one.done?.installed !== undefined) installed(one.done.installed);
    planned.push(one);
  }
  return await withHooks(planned, session);
}

/**
 * Plans the deferred command with this index, when the lines before it have run: as any other, still without a credential.
 *
 * @throws ERR_DBT_PLAN_FAILED when dbt cannot resolve its selection now either.
 */
export async function planDeferred({ commands }: Plan, index: number, session: DbtSession): Promise<Plan> {
  const waiting = commands[index];
  if (waiting === undefined) throw new Error(`the plan has no command ${index}`);
  const planned = await planCommand(waiting.command, session, []);
  return await withHooks(commands.with(index, { ...planned, deferred: true }), session);
}

async function withHooks(planned: readonly PlannedCommand[], session: DbtSession): Promise<Plan> {
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

/** @param earlier the lines before it that have not run yet */
async function planCommand(
  command: DbtCommand,
  session: DbtSession,
  earlier: readonly DbtCommand[],
): Promise<PlannedCommand> {
  if (isRetry(command)) return { command, selection: 'deferred', nodes: [], deferred: true };
  if (await waitsFor(command, earlier, async () => readSelectors(await session.manifest())))
    return { command, selection: 'deferred', nodes: [], deferred: true };
  if (selectsNodes(command)) {
    const nodes = await session.list(command);
    if (effectOf(command.name) !== 'measured') return { command, selection: 'resolved', nodes };
    const measured = withThresholds(nodes, readManifest(await session.manifest()));
    return { command, selection: 'resolved', nodes: measured };
  }
  const operation = operationOf(command);
  if (operation !== null) return { command, selection: 'none', nodes: [], operation };
  if (command.name !== 'deps') return { command, selection: 'none', nodes: [] };
  const done = await session.invoke(command, new Map());
  if (done.exitCode === 0) return { command, selection: 'none', nodes: [], done };
  throw new PassportError('ERR_DBT_PLAN_FAILED', `"${command.text}" ended with exit code ${done.exitCode}`, {
    hint: "dbt's own messages are in the log above. The later commands cannot be planned without the packages.",
  });
}
