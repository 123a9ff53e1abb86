import type { LineageGraph, LineageNode } from '../lineage/graph.ts';
import type { EdgeBasis } from '../lineage/inputs.ts';
import { type Layout, layoutGraph, type Point } from './drawing-layout.ts';
import { type DrawnGraph, leftOut, selectDrawn, shownOutcome } from './drawing-selection.ts';
import { BOX, KINDS_WITH_SHAPE, outline } from './drawing-shapes.ts';
import { type Markup, markup } from './report-markup.ts';

const LIMITS = { nodes: 120, edges: 300 };
/** About what fits into a box at the label's font size. */
const LABEL_LENGTH = 24;
const LEGEND = { column: 110, row: 30, least: 460 } as const;

/**
 * The lineage as an SVG element: parents left, children right, each node with its kind and status in
 * words. Draws at most 120 nodes and says how many it left out. Empty text when there is nothing to draw.
 * Colours come from the page's style sheet (report-style.ts).
 */
export function drawLineage(graph: LineageGraph): string {
  const drawn = selectDrawn(graph, LIMITS);
  if (drawn.nodes.length === 0) return '';
  const layout = layoutGraph(drawn, BOX);
  const width = Math.ceil(Math.max(layout.width, LEGEND.least));
  const legend = drawLegend(drawn, width, Math.ceil(layout.height) + 28);
  const svg = markup`<svg class="lineage" role="img" aria-labelledby="lineage-title lineage-desc" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${legend.bottom}" width="${width}" height="${legend.bottom}">
<title id="lineage-title">Lineage of this run</title>
<desc id="lineage-desc">${describe(drawn)}</desc>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8Z"/></marker></defs>
${layout.paths.map((points, index) => drawEdge(points, drawn.edges[index]?.[2]))}${drawn.nodes.map((node, index) => drawNode(node, layout, index))}${legend.markup}</svg>`;
  return svg.markup;
}

function describe(drawn: DrawnGraph): string {
  const failed = drawn.nodes.filter((node) => shownOutcome(node).status === 'failed').length;
  const more = leftOut(drawn);
  return `${drawn.nodes.length} nodes and ${drawn.edges.length} connections, from parents on the left to children on the right; ${failed} failed${more === '' ? '' : `; ${more}`}.`;
}

/** A curve that leaves and enters each point horizontally; dashed when only the manifest declares it. */
function drawEdge(points: readonly Point[], basis?: EdgeBasis): Markup {
  const curve = points.map(({ x, y }, index) => {
    const before = points[index - 1];
    if (before === undefined) return `M${round(x)} ${round(y)}`;
    const middle = round((before.x + x) / 2);
    return `C${middle} ${round(before.y)} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
  });
  return markup`<path class="edge ${basis ?? 'declared'}" d="${curve.join('')}" marker-end="url(#arrow)"/>
`;
}

function drawNode(node: LineageNode, layout: Layout, index: number): Markup {
  const centre = layout.centres[index] ?? { x: 0, y: 0 };
  const corner = `${round(centre.x - BOX.width / 2)} ${round(centre.y - BOX.height / 2)}`;
  const { status, words } = shownOutcome(node);
  return markup`<g class="node ${status}" transform="translate(${corner})"><title>${node.id}</title>${outline(node.kind)}<text x="20" y="18">${shortened(node.label)}</text><text class="small" x="20" y="33">${shortened(node.kind)}, ${words}</text></g>
`;
}

/** One sample per kind that occurs, and the note on what is not drawn. */
function drawLegend(drawn: DrawnGraph, width: number, top: number): { markup: Markup; bottom: number } {
  const present = new Set(drawn.nodes.map((node) => node.kind));
  const kinds = KINDS_WITH_SHAPE.filter((kind) => present.has(kind));
  const perRow = Math.floor(width / LEGEND.column);
  const samples = kinds.map((kind, index) => {
    const [x, y] = [4 + (index % perRow) * LEGEND.column, top + Math.floor(index / perRow) * LEGEND.row];
    return markup`<g class="node sample" transform="translate(${x} ${y})">${outline(kind, { width: 34, height: 18 })}<text class="small" x="42" y="13">${kind}</text></g>`;
  });
  const end = top + Math.ceil(kinds.length / perRow) * LEGEND.row;
  const more = leftOut(drawn);
  if (more === '') return { markup: markup`${samples}`, bottom: end };
  const note = markup`<text class="note" x="4" y="${end + 14}">${more}; lineage.ndjson has all of them.</text>`;
  return { markup: markup`${samples}${note}`, bottom: end + 26 };
}

/** Start and end of a long name: names of one project mostly differ at the end. */
function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= LABEL_LENGTH) return text;
  const half = Math.floor((LABEL_LENGTH - 1) / 2);
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
