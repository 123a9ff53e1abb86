import { Graph, layout } from '@dagrejs/dagre';
import type { DrawnGraph } from './drawing-selection.ts';

/** A place in the drawing, in pixels from its upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centre of each node, in the order of the graph's nodes. */
  readonly centres: readonly Point[];
  /** Points that each edge passes, from a side of the parent to the facing side of the child. */
  readonly paths: readonly (readonly Point[])[];
}

const MARGIN = 4;

/** Places the nodes left to right, parents before children. Cycles are allowed: one edge of each points back. */
export function layoutGraph(graph: DrawnGraph, box: { width: number; height: number }): Layout {
  // dagre keys its tables by node name: indexes, so that a foreign name is never a key.
  const dagre = new Graph();
  dagre.setGraph({
    rankdir: 'LR',
    nodesep: 14,
    edgesep: 8,
    ranksep: 44,
    marginx: MARGIN,
    marginy: MARGIN,
    ranker: 'tight-tree',
  });
  for (const index of graph.nodes.keys()) dagre.setNode(String(index), { ...box });
  for (const [from, to] of graph.edges) dagre.setEdge(String(from), String(to), {});
  layout(dagre);
  const { width = 0, height = 0 } = dagre.graph();
  const at = (index: number, shift: number): Point => {
    const { x, y } = dagre.node(String(index));
    return { x: x + shift, y };
  };
  const half = box.width / 2;
  const columns = new Set(graph.nodes.map((_, index) => Math.round(at(index, 0).x)));
  const paths = graph.edges.map(([from, to]) => {
    const points: readonly Point[] = dagre.edge(String(from), String(to)).points ?? [];
    // The edge that closes a cycle runs back, from right to left.
    const ahead = at(from, 0).x < at(to, 0).x ? half : -half;
    // Straight through each column that the edge passes; what dagre adds between columns is left out.
    const passed = points.slice(1, -1).filter(({ x }) => columns.has(Math.round(x)));
    const through = passed.flatMap(({ x, y }) => [
      { x: x - ahead, y },
      { x: x + ahead, y },
    ]);
    return [at(from, ahead), ...through, at(to, -ahead)];
  });
  const centres = graph.nodes.map((_, index) => at(index, 0));
  return withinHeight({ width, height, centres, paths });
}

/** dagre measures the nodes only: an edge around all of them would lie outside the drawing. */
function withinHeight({ width, height, centres, paths }: Layout): Layout {
  const heights = paths.flat().map(({ y }) => y);
  const lift = MARGIN - Math.min(MARGIN, ...heights);
  const lifted = ({ x, y }: Point): Point => ({ x, y: y + lift });
  return {
    width,
    height: Math.max(height, ...heights.map((y) => y + MARGIN)) + lift,
    centres: centres.map(lifted),
    paths: paths.map((path) => path.map(lifted)),
  };
}
