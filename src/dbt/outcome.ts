import type { DbtArtifacts, NodeResult, NodeStatus } from './artifacts.ts';
import { isHook, isOperation } from './beside.ts';
import { type Effect, effectOf } from './effect.ts';
import { freshnessGroups, freshnessOf } from './freshness.ts';
import type { RunFact } from './invocation.ts';
import type { PlannedCommand } from './plan.ts';

/**
 * unique_ids of one command by outcome, in dbt's own categories: their sizes are the numbers of its last line,
 * `Done. PASS=… WARN=… ERROR=… SKIP=… NO-OP=… REUSED=…`. A command that executes nothing has none of them.
 */
export interface InvocationNodes {
  /** PASS */
  readonly succeeded: readonly string[];
  /** ERROR */
  readonly failed: readonly string[];
  /** WARN */
  readonly warned: readonly string[];
  /** SKIP */
  readonly skipped: readonly string[];
  readonly noOp: readonly string[];
  readonly reused: readonly string[];
  /** In dbt's artifacts, but not in the plan. */
  readonly unplanned: readonly string[];
  /** Planned, but without a result: executed or, by `source freshness`, measured. Empty for other commands. */
  readonly missing: readonly string[];
}

/** The categories with the outcomes of dbt that they hold. */
export const GROUP = {
  success: 'succeeded',
  failed: 'failed',
  warned: 'warned',
  skipped: 'skipped',
  'no-op': 'noOp',
  reused: 'reused',
} as const satisfies Record<NodeStatus, keyof InvocationNodes>;

/** Kinds of node that must leave a result; whether exposures and the like do depends on the version of dbt. */
const EXECUTABLE = /^(model|seed|snapshot|test|unit_test|function)\./;

/** What the plan says of a command. */
type Expected = Pick<PlannedCommand, 'nodes' | 'hooks' | 'operation'>;

/** What the artifacts of a command say of its nodes, compared with the plan; each list is sorted. */
export function invocationNodes(run: RunFact, planned: Expected | undefined): InvocationNodes {
  const { invocation, artifacts } = run;
  const { results = [], unexecuted = [] } = artifacts?.runResults ?? {};
  const { nodes = [], hooks = [], operation } = planned ?? {};
  const expected = new Set([...nodes, ...hooks]);
  const freshness = freshnessOf(run, nodes);
  const sources = freshnessGroups(freshness);
  // A command that only compiles compiles the hooks too, whatever is selected.
  const seen = new Set([
    ...results.map((result) => result.uniqueId),
    ...unexecuted.filter((id) => !isHook(id)),
    ...freshness.map(({ uniqueId }) => uniqueId),
  ]);
  const inGroup = (group: (typeof GROUP)[NodeStatus]) =>
    ids(results.filter((result) => GROUP[result.status] === group));
  return {
    succeeded: [...inGroup('succeeded'), ...sources.succeeded].sort(),
    failed: [...inGroup('failed'), ...sources.failed].sort(),
    warned: [...inGroup('warned'), ...sources.warned].sort(),
    skipped: inGroup('skipped'),
    noOp: inGroup('noOp'),
    reused: inGroup('reused'),
    unplanned: [...seen].filter((id) => !expected.has(id) && !isOperation(id, operation)).sort(),
    missing: executes(invocation.command.name)
      ? nodes.filter((id) => leavesResult(id, artifacts) && !seen.has(id)).sort()
      : sources.missing.toSorted(),
  };
}

/** Whether the command is one that executes the nodes of its selection. */
export function executes(command: string): boolean {
  return effectOf(command) === 'executed';
}

/** Nodes that a command only worked on, and what it did with them. */
export interface Unexecuted {
  readonly effect: Exclude<Effect, 'executed' | 'measured'>;
  /** unique_ids, sorted. */
  readonly nodes: readonly string[];
}

/**
 * What a command that executes nothing did by its artifacts; null for the other commands.
 * `docs generate --no-compile` leaves only a catalog.
 */
export function unexecutedNodes({ invocation, artifacts }: RunFact): Unexecuted | null {
  const effect = effectOf(invocation.command.name);
  if (effect === null || effect === 'executed' || effect === 'measured') return null;
  const catalog = effect === 'documented' ? artifacts?.catalog?.tables.keys() : undefined;
  const nodes = artifacts?.runResults?.unexecuted ?? catalog ?? [];
  return { effect, nodes: [...nodes].sort() };
}

function ids(results: readonly NodeResult[]): string[] {
  return results.map((result) => result.uniqueId).sort();
}

/** dbt inlines ephemeral models into their children and reports nothing for them. */
function leavesResult(id: string, artifacts: DbtArtifacts | null): boolean {
  return EXECUTABLE.test(id) && artifacts?.manifest.nodes.get(id)?.materialized !== 'ephemeral';
}
