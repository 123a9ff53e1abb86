import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mermaidLabel, mermaidLineage } from '../../src/evidence/mermaid.ts';
import type { LineageGraph } from '../../src/lineage/graph.ts';
import { HOSTILE_TEXTS, hostileGraph } from '../support/hostile-record.ts';
import { failedRecord } from '../support/records.ts';

/** What may stand in a label: words, and Mermaid's numeric entities for everything else. */
const LABEL = '(?:[A-Za-z0-9]|(?<=[A-Za-z0-9])[_ -](?=[A-Za-z0-9])|#\\d{1,7};)*';
const LINES = [
  /^flowchart LR$/,
  new RegExp(
    `^ {2}n\\d+(?:\\["${LABEL}"\\]|\\[\\("${LABEL}"\\)\\]|\\[/"${LABEL}"/\\]|\\[\\["${LABEL}"\\]\\]|\\(\\["${LABEL}"\\]\\)):::(?:failed|warned|success|other)$`,
  ),
  /^ {2}n\d+ -(?:-|\.-)> n\d+$/,
  /^ {2}classDef (?:failed|warned|success|other) [a-z0-9:#, -]+$/,
];

function expectGrammar(diagram: string): void {
  const lines = diagram.split('\n');
  expect(lines.pop()).toBe('');
  for (const line of lines)
    expect(
      LINES.some((pattern) => pattern.test(line)),
      line,
    ).toBe(true);
}

const TEXT = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 80 }));
const GRAPH = fc
  .array(
    fc.record({
      id: TEXT,
      label: TEXT,
      kind: fc.oneof(TEXT, fc.constantFrom('source', 'seed', 'model', 'snapshot', 'exposure')),
      status: fc.constantFrom('failed', 'warned', 'success', 'skipped', 'reused', 'no-op', 'not-run'),
      tags: fc.constant([]),
    }),
    { minLength: 1, maxLength: 150 },
  )
  .chain((nodes) => {
    const id = fc.constantFrom(...nodes.map((node) => node.id));
    return fc.array(fc.tuple(id, id), { maxLength: 300 }).map((edges): LineageGraph => ({ nodes, edges }));
  });

describe('mermaidLineage', () => {
  it('keeps to its grammar and its limits for any graph', () => {
    fc.assert(
      fc.property(GRAPH, (graph) => {
        const diagram = mermaidLineage(graph);
        expectGrammar(diagram);
        expect(diagram.length).toBeLessThanOrEqual(45_000);
        expect(diagram.match(/-(?:-|\.-)>/g)?.length ?? 0).toBeLessThanOrEqual(100);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps to its grammar for names that try to break out', () => {
    expectGrammar(mermaidLineage(hostileGraph()));
  });

  it('stays below the limit when every character of every label has the longest escape', () => {
    const label = String.fromCodePoint(0x10fffd).repeat(80);
    const nodes = Array.from({ length: 200 }, (_, index) => ({
      id: `${index}`,
      label,
      kind: 'model',
      status: 'reused' as const,
      tags: [],
    }));
    const edges = nodes.flatMap((from) => nodes.map((to) => [from.id, to.id] as const));
    const diagram = mermaidLineage({ nodes, edges });
    expect(diagram.length).toBeGreaterThan(20_000);
    expect(diagram.length).toBeLessThanOrEqual(45_000);
    expect(diagram).toContain('140 more nodes and');
  });

  it('draws what ran before what was only read', () => {
    const nodes = Array.from({ length: 100 }, (_, index) => ({
      id: `${index}`,
      label: index === 99 ? 'ran' : `read_${index}`,
      kind: 'model',
      status: index === 99 ? ('success' as const) : ('not-run' as const),
      tags: [],
    }));
    expect(mermaidLineage({ nodes, edges: [] })).toContain('"ran succeeded"');
  });

  it('shows the status in words, the kind as a shape', () => {
    const diagram = mermaidLineage(failedRecord().facts.lineage ?? { nodes: [], edges: [] });
    expect(diagram).toContain('n0[("raw#46;orders")]:::other');
    expect(diagram).toContain('["orders skipped"]:::other');
  });

  it('is empty for a graph without nodes', () => {
    expect(mermaidLineage({ nodes: [], edges: [] })).toBe('');
  });
});

describe('mermaidLabel', () => {
  it.each([
    ['stg_orders', 'stg_orders'],
    ['_private', '#95;private'],
    ['a__b', 'a#95;#95;b'],
    ['"x"', '#34;x#34;'],
    ['#quot;', '#35;quot#59;'],
    ['%%{init}%%', '#37;#37;#123;init#125;#37;#37;'],
    ['1. list', '1#46;#32;list'],
    ['two\nlines', 'two#92;u000alines'],
  ])('%j becomes %j', (text, label) => {
    expect(mermaidLabel(text)).toBe(label);
  });
});
