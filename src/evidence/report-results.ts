import type { ManifestNode, NodeResult, NodeStatus, SourceFreshness } from '../dbt/artifacts.ts';
import { isHook } from '../dbt/beside.ts';
import { freshnessCounts, freshnessOf } from '../dbt/freshness.ts';
import type { RunFact } from '../dbt/invocation.ts';
import {
  executes,
  type InvocationNodes,
  invocationNodes,
  type Unexecuted,
  unexecutedNodes,
} from '../dbt/outcome.ts';
import { isTestKind } from '../dbt/test-kind.ts';
import type { EvidenceRecord } from './record.ts';

/** One node of one command, as a person reads it. */
export interface ResultRow {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly status: NodeStatus;
  /** dbt's own word for the outcome. */
  readonly raw: string;
  readonly message: string;
  readonly failures: number | null;
  readonly seconds: number;
  /** For a test: the name of the node it checks. */
  readonly checks: string;
}

/** The results of one command, in three groups: what needs a look, then data, then tests by what they check. */
export interface CommandResults {
  readonly run: RunFact;
  readonly planned: readonly string[];
  /** Hooks of the project that dbt was to run around them. */
  readonly hooks: readonly string[];
  /** The macro that `run-operation` was to run. */
  readonly operation?: string;
  readonly outcome: InvocationNodes;
  /** Null for a command that executes its nodes. */
  readonly unexecuted: Unexecuted | null;
  /** Of `source freshness`: every planned source, the worst first. */
  readonly freshness: readonly SourceFreshness[];
  /** Failed, then with a warning; of every kind. */
  readonly attention: readonly ResultRow[];
  /** The other nodes: models, seeds, snapshots, hooks. */
  readonly nodes: readonly ResultRow[];
  /** The other tests. */
  readonly tests: readonly ResultRow[];
}

/** The results of every command that ran, in order. */
export function commandResults(record: EvidenceRecord): readonly CommandResults[] {
  const { runs = [], plan } = record.facts;
  return runs.map((run, index) => {
    const command = plan?.commands[index];
    const all = (run.artifacts?.runResults?.results ?? []).map((result) =>
      rowOf(result, run.artifacts?.manifest.nodes ?? new Map()),
    );
    const failed = all.filter((row) => row.status === 'failed');
    const warned = all.filter((row) => row.status === 'warned');
    const others = all.filter((row) => row.status !== 'failed' && row.status !== 'warned');
    return {
      run,
      planned: command?.nodes ?? [],
      hooks: command?.hooks ?? [],
      ...(command?.operation !== undefined && { operation: command.operation }),
      outcome: invocationNodes(run, command),
      unexecuted: unexecutedNodes(run),
      freshness: freshnessOf(run, command?.nodes ?? []),
      attention: [...failed, ...warned],
      nodes: others.filter((row) => !isTestKind(row.kind) && row.status !== 'no-op'),
      tests: others.filter((row) => isTestKind(row.kind)).toSorted((a, b) => (a.checks < b.checks ? -1 : 1)),
    };
  });
}

/** Counts in words, the numbers of dbt's last line: `1 failed, 1 with a warning, 6 succeeded`. */
export function countsText({ outcome, unexecuted, run, freshness }: CommandResults): string {
  if (freshness.length > 0) return freshnessCounts(freshness);
  const counts = [
    [outcome.failed.length, 'failed'],
    [outcome.warned.length, 'with a warning'],
    [outcome.skipped.length, 'skipped'],
    [outcome.succeeded.length, 'succeeded'],
    [outcome.reused.length, 'reused'],
    [outcome.noOp.length, 'no-op'],
    [unexecuted?.nodes.length ?? 0, unexecuted?.effect ?? ''],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  if (executes(run.invocation.command.name)) return parts.join(', ') || 'no results';
  return outcome.succeeded.length + outcome.failed.length > 0
    ? parts.join(', ')
    : [...parts, 'no node executed'].join(', ');
}

/** The planned commands that did not come to run, since the run ended before them; none when no command ran at all. */
export function commandsNotRun({ facts: { runs = [], plan } }: EvidenceRecord): readonly string[] {
  if (runs.length === 0) return [];
  return (plan?.commands ?? []).slice(runs.length).map(({ command }) => `dbt ${command.text}`);
}

function rowOf(result: NodeResult, nodes: ReadonlyMap<string, ManifestNode>): ResultRow {
  const node = nodes.get(result.uniqueId);
  const [kind = '', , ...rest] = result.uniqueId.split('.');
  const checked = node?.test?.attachedNode || node?.dependsOn[0] || '';
  return {
    id: result.uniqueId,
    name: node?.name ?? rest.join('.'),
    kind: isHook(result.uniqueId) ? 'hook' : (node?.resourceType ?? kind),
    status: result.status,
    raw: result.raw,
    message: result.message,
    failures: result.failures,
    seconds: result.executionTime,
    checks: isTestKind(kind) ? (nodes.get(checked)?.name ?? checked) : '',
  };
}
