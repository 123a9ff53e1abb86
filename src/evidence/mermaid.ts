import type { LineageGraph, LineageNode } from '../lineage/graph.ts';
import { plain } from '../untrusted.ts';
import { leftOut, selectDrawn, shownOutcome } from './drawing-selection.ts';

/**
 * Below what GitHub draws (500 edges, 50,000 characters; a diagram cannot raise either). A label has at
 * most 60 characters of at most 10 after escaping: 60 nodes stay under 45,000 characters with all edges.
 */
const LIMITS = { nodes: 60, edges: 100 };
const LABEL_LENGTH = 60;

/** Opening and closing of a node's shape, by kind. */
const SHAPES: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['source', ['[(', ')]']],
  ['seed', ['[/', '/]']],
  ['snapshot', ['[[', ']]']],
  ['exposure', ['([', '])']],
]);

/** Fill, border and text together, so that each reads well on a light and on a dark page. */
const STYLES: Readonly<Record<string, string>> = {
  failed: 'fill:#fbe4e2,stroke:#b42318,color:#7a1610,stroke-width:2px',
  warned: 'fill:#fdf0d5,stroke:#96610a,color:#5c3b00',
  success: 'fill:#e3f3e8,stroke:#1d7a43,color:#0f4a27',
  other: 'fill:#eef0f3,stroke:#6b7280,color:#30363f,stroke-dasharray:4 3',
};
const CLASSES: Readonly<Record<LineageNode['status'], string>> = {
  failed: 'failed',
  warned: 'warned',
  success: 'success',
  reused: 'success',
  'no-op': 'success',
  skipped: 'other',
  'not-run': 'other',
};

/** The lineage as a Mermaid flowchart; what ran comes first. Empty text when there is nothing to draw. */
export function mermaidLineage(graph: LineageGraph): string {
  const drawn = selectDrawn(graph, LIMITS);
  const { nodes, edges } = drawn;
  if (nodes.length === 0) return '';
  const rows = nodes.map((node, index) => {
    const [open, close] = SHAPES.get(node.kind) ?? ['[', ']'];
    return `  n${index}${open}"${mermaidLabel(label(node))}"${close}:::${CLASSES[shownOutcome(node).status]}`;
  });
  const more = leftOut(drawn);
  const note = more === '' ? [] : [`  n${nodes.length}["${more}"]:::other`];
  return [
    'flowchart LR',
    ...rows,
    ...note,
    // Dotted: only the manifest says so.
    ...edges.map(([from, to, basis]) => `  n${from} ${basis === 'read' ? '-->' : '-.->'} n${to}`),
    ...Object.entries(STYLES).map(([name, style]) => `  classDef ${name} ${style}`),
    '',
  ].join('\n');
}

function label(node: LineageNode): string {
  const name = [...plain(node.label)];
  const short =
    name.length > 40 ? `${name.slice(0, 20).join('')}…${name.slice(-19).join('')}` : name.join('');
  const { status, words } = shownOutcome(node);
  return status === 'not-run' ? short : `${short} ${words}`;
}

/**
 * Text inside a quoted Mermaid label. Only letters, digits and single `_`, `-` or spaces between them
 * stay; everything else becomes Mermaid's numeric entity, which neither Mermaid, Markdown nor HTML reads as syntax.
 */
export function mermaidLabel(text: string): string {
  const characters = [...plain(text)].slice(0, LABEL_LENGTH);
  const isWord = (index: number) => /^[A-Za-z0-9]$/.test(characters[index] ?? '');
  return characters
    .map((character, index) => {
      if (isWord(index)) return character;
      if (/^[_ -]$/.test(character) && isWord(index - 1) && isWord(index + 1)) return character;
      return `#${character.codePointAt(0)};`;
    })
    .join('');
}
