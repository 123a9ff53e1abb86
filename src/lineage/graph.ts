import type { NodeStatus } from '../dbt/artifacts.ts';

/** A node of the lineage drawing. */
export interface LineageNode {
  readonly id: string;
  readonly label: string;
  /** source, seed, model, snapshot, test, exposure, … */
  readonly kind: string;
  /** What this run did with it; `not-run` for the parents that it only read. */
  readonly status: NodeStatus | 'not-run';
  readonly tags: readonly string[];
}

/** Table-level lineage of what a run touched: the nodes it ran and their direct neighbours. Tests are not nodes of it. */
export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  /** From parent to child. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}
