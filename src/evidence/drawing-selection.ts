import type { NodeStatus } from '../dbt/artifacts.ts';
import type { LineageGraph, LineageNode } from '../lineage/graph.ts';
import type { EdgeBasis } from '../lineage/inputs.ts';

/** The part of a lineage graph that is drawn. */
export interface DrawnGraph {
  readonly nodes: readonly LineageNode[];
  /** Indexes into `nodes`, parent to child; without loops to itself, duplicates or unknown ends. */
  readonly edges: readonly (readonly [from: number, to: number, basis?: EdgeBasis])[];
  /** Nodes that had no place, and edges between drawn nodes that had none. */
  readonly left: { readonly nodes: number; readonly edges: number };
}

/** What a reader needs first: what failed, then what ran, then what was only read. */
const PRIORITY: Readonly<Record<LineageNode['status'], number>> = {
  failed: 0,
  warned: 1,
  success: 2,
  reused: 2,
  'no-op': 2,
  skipped: 3,
  'not-run': 4,
};

/** A word for each status, so that colour is never the only sign. */
export const STATUS_WORDS: Readonly<Record<NodeStatus | 'not-run', string>> = {
  failed: 'failed',
  warned: 'warning',
  success: 'succeeded',
  reused: 'reused',
  'no-op': 'no-op',
  skipped: 'skipped',
  'not-run': 'not run',
};

/** How a node is shown: by its own result, unless a test on it failed, which a reader must not miss. */
export function shownOutcome(node: LineageNode): {
  readonly status: LineageNode['status'];
  readonly words: string;
} {
  const failed = node.tests?.failed ?? 0;
  if (failed === 0) return { status: node.status, words: STATUS_WORDS[node.status] };
  return { status: 'failed', words: failed === 1 ? '1 test failed' : `${failed} tests failed` };
}

/** The nodes and edges to draw within the limits; the kept nodes stay in the graph's order. */
export function selectDrawn(graph: LineageGraph, limits: { nodes: number; edges: number }): DrawnGraph {
  const unique = [...new Map(graph.nodes.map((node) => [node.id, node])).values()];
  const byPriority = unique.toSorted(
    (a, b) => PRIORITY[shownOutcome(a).status] - PRIORITY[shownOutcome(b).status],
  );
  const kept = new Set(byPriority.slice(0, limits.nodes));
  const nodes = unique.filter((node) => kept.has(node));
  const indexOf = new Map(nodes.map((node, index) => [node.id, index]));

  const edges = new Map<string, DrawnGraph['edges'][number]>();
  for (const [parent, child, basis] of graph.edges) {
    const [from, to] = [indexOf.get(parent), indexOf.get(child)];
    if (from === undefined || to === undefined || from === to) continue;
    edges.set(`${from}>${to}`, basis === undefined ? [from, to] : [from, to, basis]);
  }
  return {
    nodes,
    edges: [...edges.values()].slice(0, limits.edges),
    left: { nodes: unique.length - nodes.length, edges: Math.max(0, edges.size - limits.edges) },
  };
}

/** What the drawing leaves out, in words; empty when it shows everything. */
export function leftOut({ left }: DrawnGraph): string {
  const parts = [
    ...(left.nodes > 0 ? [`${left.nodes} more nodes`] : []),
    ...(left.edges > 0 ? [`${left.edges} more connections`] : []),
  ];
  return parts.length === 0 ? '' : `${parts.join(' and ')} not drawn`;
}
