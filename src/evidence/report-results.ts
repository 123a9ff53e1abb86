import type { ManifestNode, NodeResult, NodeStatus } from '../dbt/artifacts.ts';
import type { RunFact } from '../dbt/invocation.ts';
import { type InvocationNodes, invocationNodes } from '../dbt/outcome.ts';
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
  readonly outcome: InvocationNodes;
  /** Failed, then with a warning; of every kind. */
  readonly attention: readonly ResultRow[];
  /** The other nodes that hold data: models, seeds, snapshots. */
  readonly nodes: readonly ResultRow[];
  /** The other tests. */
  readonly tests: readonly ResultRow[];
}

/** The results of every command that ran, in order. */
export function commandResults(record: EvidenceRecord): readonly CommandResults[] {
  const { runs = [], plan } = record.facts;
  return runs.map((run, index) => {
    const planned = plan?.commands[index]?.nodes ?? [];
    const all = (run.artifacts?.runResults?.results ?? []).map((result) =>
      rowOf(result, run.artifacts?.manifest.nodes ?? new Map()),
    );
    const failed = all.filter((row) => row.status === 'failed');
    const warned = all.filter((row) => row.status === 'warned');
    const others = all.filter((row) => row.status !== 'failed' && row.status !== 'warned');
    return {
      run,
      planned,
      outcome: invocationNodes(planned, plan?.hooks ?? [], run.artifacts),
      attention: [...failed, ...warned],
      nodes: others.filter((row) => !isTestKind(row.kind)),
      tests: others.filter((row) => isTestKind(row.kind)).toSorted((a, b) => (a.checks < b.checks ? -1 : 1)),
    };
  });
}

/** Counts in words: `1 failed, 1 with a warning, 6 succeeded`. */
export function countsText({ outcome }: CommandResults): string {
  const counts = [
    [outcome.failed.length, 'failed'],
    [outcome.warned.length, 'with a warning'],
    [outcome.skipped.length, 'skipped'],
    [outcome.succeeded.length, 'succeeded'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return parts.length === 0 ? 'no results' : parts.join(', ');
}

function rowOf(result: NodeResult, nodes: ReadonlyMap<string, ManifestNode>): ResultRow {
  const node = nodes.get(result.uniqueId);
  const [kind = '', , ...rest] = result.uniqueId.split('.');
  const checked = node?.test?.attachedNode || node?.dependsOn[0] || '';
  return {
    id: result.uniqueId,
    name: node?.name ?? rest.join('.'),
    kind: node?.resourceType ?? kind,
    status: result.status,
    raw: result.raw,
    message: result.message,
    failures: result.failures,
    seconds: result.executionTime,
    checks: isTestKind(kind) ? (nodes.get(checked)?.name ?? checked) : '',
  };
}
