import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawLineage } from '../../src/evidence/drawing.ts';
import { mermaidLineage } from '../../src/evidence/mermaid.ts';
import type { LineageGraph, LineageNode } from '../../src/lineage/graph.ts';
import { html } from '../../src/untrusted.ts';
import { HOSTILE_TEXTS, hostileGraph } from '../support/hostile-record.ts';
import { failedRecord } from '../support/records.ts';

const TAG = /<\/?(svg|title|desc|defs|marker|path|g|rect|text)( [a-zA-Z-]+="[^"<>]*")* ?\/?>/g;

const STATUS = fc.constantFrom('failed', 'warned', 'success', 'skipped', 'reused', 'no-op', 'not-run');
const TEXT = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));

/** Any graph, broken ones too: double ids, edges to nowhere, loops, cycles. */
const GRAPH = fc
  .array(fc.record({ id: TEXT, label: TEXT, kind: TEXT, status: STATUS, tags: fc.constant([]) }), {
    maxLength: 40,
  })
  .chain((nodes) => {
    const end = fc.oneof(
      TEXT,
      ...(nodes.length > 0 ? [fc.constantFrom(...nodes.map((node) => node.id))] : []),
    );
    return fc.array(fc.tuple(end, end), { maxLength: 60 }).map((edges): LineageGraph => ({ nodes, edges }));
  });

function node(id: string, status: LineageNode['status']): LineageNode {
  return { id, label: id, kind: 'model', status, tags: [] };
}

function drawnIds(svg: string): string[] {
  return [...svg.matchAll(/<g class="node [a-z-]+" transform="[^"]*"><title>([^<]*)<\/title>/g)].map(
    (match) => match[1] ?? '',
  );
}

describe('drawLineage', () => {
  it('draws every node of any graph once, and nothing of a name becomes markup', () => {
    fc.assert(
      fc.property(GRAPH, (graph) => {
        const svg = drawLineage(graph);
        const ids = [...new Set(graph.nodes.map((each) => each.id))];
        expect(drawnIds(svg).toSorted()).toEqual(ids.map(html).toSorted());
        expect(svg.replace(TAG, '')).not.toMatch(/[<>]/);
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what failed and what ran when there are more nodes than it draws, and says how many are left', () => {
    const read = Array.from({ length: 150 }, (_, index) => node(`read_${index}`, 'not-run'));
    const ran = Array.from({ length: 50 }, (_, index) => node(`ran_${index}`, 'success'));
    const svg = drawLineage({ nodes: [...read, ...ran, node('broken', 'failed')], edges: [] });
    const ids = drawnIds(svg);
    expect(ids).toHaveLength(120);
    expect(ids).toContain('broken');
    expect(ids.filter((id) => id.startsWith('ran_'))).toHaveLength(50);
    expect(svg).toContain('81 more nodes not drawn');
  });

  it('ends for a cycle, for a loop and for a dense graph', () => {
    const nodes = Array.from({ length: 120 }, (_, index) => node(`n${index}`, 'success'));
    const edges = nodes.flatMap((from) => nodes.map((to) => [from.id, to.id] as const));
    const svg = drawLineage({ nodes, edges });
    expect(drawnIds(svg)).toHaveLength(120);
    expect(svg).toContain('more connections not drawn');
  });

  it('draws the edge that closes a cycle around the nodes, within the drawing', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((id) => node(id, 'success'));
    const edges = ['ab', 'bc', 'cd', 'da', 'ad'].map(([from = '', to = '']) => [from, to] as const);
    const svg = drawLineage({ nodes, edges });
    const paths = [...svg.matchAll(/class="edge declared" d="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(paths).toHaveLength(5);
    expect(
      Math.min(...paths.flatMap((path) => path.match(/-?[\d.]+/g) ?? []).map(Number)),
    ).toBeGreaterThanOrEqual(0);
  });

  it('is empty for a graph without nodes', () => {
    expect(drawLineage({ nodes: [], edges: [['a', 'b']] })).toBe('');
  });

  it('says kind and status in words and has a title and a description', () => {
    const svg = drawLineage(hostileGraph());
    expect(svg).toContain('role="img" aria-labelledby="lineage-title lineage-desc"');
    expect(svg).toMatch(/<desc id="lineage-desc">25 nodes/);
    expect(svg).toContain('source, failed');
  });

  it('looks as it did', async () => {
    const graph = failedRecord().facts.lineage ?? { nodes: [], edges: [] };
    await expect(`${drawLineage(graph)}\n`).toMatchFileSnapshot('golden/lineage.svg');
  });
});

describe('a node with a failing test', () => {
  const node = { id: 'model.shop.a', label: 'a', kind: 'model', status: 'success', tags: [] } as const;
  const tests = { passed: 3, failed: 1, warned: 0, skipped: 0 };

  it('is drawn as failed, in words too, in both drawings', () => {
    const graph = { nodes: [{ ...node, tests }], edges: [] };
    expect(drawLineage(graph)).toContain('class="node failed"');
    expect(drawLineage(graph)).toContain('model, 1 test failed');
    expect(mermaidLineage(graph)).toContain('"a 1 test failed"]:::failed');
  });

  it('keeps its own result when its tests passed', () => {
    const graph = { nodes: [{ ...node, tests: { ...tests, failed: 0 } }], edges: [] };
    expect(drawLineage(graph)).toContain('model, succeeded');
    expect(mermaidLineage(graph)).toContain(':::success');
  });
});
