import type { DbtCommand } from './command.ts';

/** What a command would touch, as dbt itself resolved it before any credential existed. */
export interface PlannedCommand {
  readonly command: DbtCommand;
  /** `resolved`: dbt listed the nodes. `none`: the command touches no node (deps, parse, …). */
  readonly selection: 'resolved' | 'none';
  /** unique_ids in dbt's order. */
  readonly nodes: readonly string[];
}

export interface Plan {
  readonly commands: readonly PlannedCommand[];
  /** Code that runs with the credential but is outside any selection: hooks of the project (`operation.*` ids). */
  readonly hooks: readonly string[];
}
