import type { DbtArtifacts, Manifest, ManifestNode, NodeStatus } from '../dbt/artifacts.ts';
import { isBeside } from '../dbt/beside.ts';
import type { DbtInvocation } from '../dbt/invocation.ts';
import { isTestKind } from '../dbt/test-kind.ts';
import { datasetNames } from './dataset-name.ts';
import { type Execution, executions } from './execution.ts';
import { type EdgeBasis, type InputSources, inputsOf } from './inputs.ts';
import { isDataset, realParents, testedNodes } from './parents.ts';

/** How the tests of a node ended. `failed` counts tests that could not be evaluated too. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
  readonly skipped: number;
}

/** A node of the lineage drawing. */
export interface LineageNode {
  readonly id: string;
  readonly label: string;
  /** source, seed, model, snapshot, exposure, … */
  readonly kind: string;
  /**
   * What this run did with it by its own result, whatever its tests say; `not-run` for the neighbours
   * that it did not touch or only read.
   */
  readonly status: NodeStatus | 'not-run';
  readonly tags: readonly string[];
  /** Tests on this node that this run evaluated; absent when there were none. */
  readonly tests?: TestCounts;
}

/**
 * Table-level lineage of what a run touched: the nodes it ran and their direct neighbours. Tests, hooks, operations and
 * ephemeral models are not nodes of it: a test counts on the node that it tests, and an edge through an
 * ephemeral model starts at the nearest real ancestor.
 */
export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Nodes for which a relation of another run stood, each with each such relation once; absent when there were none. */
  readonly elsewhere?: readonly Elsewhere[];
}

/** dbt deferred the node to another run's relation, or cloned it. `name` null: it is not known to which. */
export interface Elsewhere {
  readonly id: string;
  readonly name: string | null;
}

/** From parent to child. Without a basis it is declared: the manifest's word, and no SQL of this run shows it. */
export type LineageEdge = readonly [from: string, to: string, basis?: EdgeBasis];

const COUNTED: Readonly<Record<NodeStatus, keyof TestCounts | null>> = {
  success: 'passed',
  failed: 'failed',
  warned: 'warned',
  skipped: 'skipped',
  reused: 'passed',
  'no-op': null,
};

/**
 * The graph over all commands of a run. A node that several commands ran shows its last result. Results
 * whose id the manifest lacks are nodes without edges.
 */
export function lineageGraph(runs: readonly GraphRun[]): LineageGraph {
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, LineageEdge>();
  const elsewhere = new Map<string, Elsewhere>();
  for (const { artifacts, invocation } of runs) {
    if (artifacts === null) continue;
    addResults(artifacts, nodes);
    addNeighbours(artifacts.manifest, nodes, edges);
    addReads({ artifacts, state: invocation?.state ?? null }, edges, elsewhere);
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()],
    ...(elsewhere.size > 0 && { elsewhere: [...elsewhere.values()] }),
  };
}

/** A command of the run, as far as the graph needs it. */
export interface GraphRun {
  readonly artifacts: DbtArtifacts | null;
  readonly invocation?: Pick<DbtInvocation, 'state'>;
}

function addResults(artifacts: DbtArtifacts, nodes: Map<string, LineageNode>): void {
  for (const execution of executions(artifacts)) {
    if (isTestKind(execution.kind)) addTest(artifacts.manifest, execution, nodes);
    else if (!isBeside(execution.kind)) addNode(execution, nodes);
  }
}

function addNode({ result, node, kind }: Execution, nodes: Map<string, LineageNode>): void {
  const tests = nodes.get(result.uniqueId)?.tests;
  const unknown = { uniqueId: result.uniqueId, name: '', resourceType: kind, tags: [] };
  nodes.set(result.uniqueId, { ...shown(node ?? unknown), status: result.status, ...(tests && { tests }) });
}

function addTest(manifest: Manifest, { result, node }: Execution, nodes: Map<string, LineageNode>): void {
  const counted = COUNTED[result.status];
  if (node === null || counted === null) return;
  for (const tested of testedNodes(manifest, node)) {
    const shownNode = nodes.get(tested.uniqueId) ?? { ...shown(tested), status: 'not-run' };
    const tests = shownNode.tests ?? { passed: 0, failed: 0, warned: 0, skipped: 0 };
    nodes.set(tested.uniqueId, { ...shownNode, tests: { ...tests, [counted]: tests[counted] + 1 } });
  }
}

/** Joins what ran to its direct parents and children. */
function addNeighbours(
  manifest: Manifest,
  nodes: Map<string, LineageNode>,
  edges: Map<string, LineageEdge>,
): void {
  const ran = new Set([...nodes.values()].filter(({ status }) => status !== 'not-run').map(({ id }) => id));
  for (const [parent, child] of manifestEdges(manifest)) {
    if (!ran.has(child.uniqueId) && !ran.has(parent.uniqueId)) continue;
    for (const node of [parent, child]) {
      if (!nodes.has(node.uniqueId)) nodes.set(node.uniqueId, { ...shown(node), status: 'not-run' });
    }
    const key = edgeKey(parent.uniqueId, child.uniqueId);
    if (!edges.has(key)) edges.set(key, [parent.uniqueId, child.uniqueId]);
  }
}

/** Marks the edges that the SQL of this command shows, and notes where dbt went elsewhere. */
function addReads(
  sources: InputSources,
  edges: Map<string, LineageEdge>,
  elsewhere: Map<string, Elsewhere>,
): void {
  for (const execution of executions(sources.artifacts)) {
    const to = execution.result.uniqueId;
    const { known, unknown } = inputsOf(execution, sources);
    for (const { node, place, own, basis } of known) {
      const key = edgeKey(node.uniqueId, to);
      if (basis === 'read' && edges.has(key)) edges.set(key, [node.uniqueId, to, basis]);
      if (!own)
        note(
          elsewhere,
          node.uniqueId,
          datasetNames(place, '')
            .map(({ name }) => name)
            .join(', '),
        );
    }
    for (const { uniqueId } of unknown) note(elsewhere, uniqueId, null);
  }
}

function note(elsewhere: Map<string, Elsewhere>, id: string, name: string | null): void {
  elsewhere.set(`${id}\n${name ?? ''}`, { id, name });
}

function edgeKey(from: string, to: string): string {
  return `${from}\n${to}`;
}

function manifestEdges(manifest: Manifest): readonly (readonly [ManifestNode, ManifestNode])[] {
  return [...manifest.nodes.values()]
    .filter((node) => isDataset(node) || node.resourceType === 'exposure')
    .flatMap((child) => realParents(manifest, child).map((parent) => [parent, child] as const));
}

function shown(node: Pick<ManifestNode, 'uniqueId' | 'name' | 'resourceType' | 'tags'>) {
  return {
    id: node.uniqueId,
    label: node.name === '' ? node.uniqueId : node.name,
    kind: node.resourceType,
    tags: node.tags,
  };
}
