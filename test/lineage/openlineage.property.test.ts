import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManifestNode, NodeResult } from '../../src/dbt/artifacts.ts';
import { lineageGraph } from '../../src/lineage/graph.ts';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import { eventFaults } from '../support/openlineage-schema.ts';
import * as records from '../support/records.ts';
import { endOf, events, input, namesOf, node, type RunEvent, run } from './project.ts';

/** A small DAG in topological order: kinds, ephemeral or not, and for each node a subset of the earlier ones as parents. */
const projects = fc
  .array(
    fc.record({
      kind: fc.constantFrom('source', 'seed', 'model', 'ephemeral', 'snapshot'),
      parents: fc.bigInt({ min: 0n, max: 255n }),
      status: fc.constantFrom('success', 'failed', 'skipped', 'warned', 'reused', 'no-op' as const),
    }),
    { maxLength: 8 },
  )
  .map((shapes) => {
    const ids = shapes.map(({ kind }, at) => `${kind === 'ephemeral' ? 'model' : kind}.shop.n${at}`);
    const nodes = shapes.map(({ kind, parents }, at): ManifestNode => {
      const dependsOn = ids.slice(0, at).filter((_, other) => (parents >> BigInt(other)) % 2n === 1n);
      const reads = kind === 'source' || kind === 'seed' ? [] : dependsOn;
      return node(ids[at] ?? '', { dependsOn: reads, ...(kind === 'ephemeral' && { materialized: kind }) });
    });
    const results = nodes.flatMap((one, at) => {
      const status = shapes[at]?.status ?? 'success';
      return one.resourceType === 'source' ? [] : [records.nodeResult(one.uniqueId, { status })];
    });
    return { nodes, results };
  });

/** Independent of the code under test: which relations can be reached through ephemeral nodes only. */
function reads(nodes: readonly ManifestNode[], one: ManifestNode): Set<string> {
  const parents = nodes.filter((parent) => one.dependsOn.includes(parent.uniqueId));
  return new Set(
    parents.flatMap((parent) =>
      parent.materialized === 'ephemeral' ? [...reads(nodes, parent)] : [`jaffle.main.${parent.name}`],
    ),
  );
}

function shape(end: RunEvent | undefined) {
  return end && { inputs: namesOf(end.inputs)?.toSorted(), outputs: namesOf(end.outputs) };
}

function expected(nodes: readonly ManifestNode[], one: ManifestNode, results: readonly NodeResult[]) {
  const status = results.find((result) => result.uniqueId === one.uniqueId)?.status;
  if (status === undefined || status === 'no-op' || one.materialized === 'ephemeral') return undefined;
  const written = status !== 'failed' && status !== 'skipped';
  return { inputs: [...reads(nodes, one)].toSorted(), outputs: written ? [`jaffle.main.${one.name}`] : [] };
}

describe('any small project', () => {
  it('gives events whose inputs and outputs are what the nodes depend on and write', () => {
    fc.assert(
      fc.property(projects, ({ nodes, results }) => {
        const ends = events([run(nodes, results)]).filter((event) => event.eventType !== 'START');
        const seen = nodes.map((one) => endOf(ends, one.uniqueId));
        expect(seen.map(shape)).toEqual(nodes.map((one) => expected(nodes, one, results)));
      }),
      { numRuns: 200 },
    );
  });

  it('gives valid events and a graph whose edges join its nodes', () => {
    fc.assert(
      fc.property(projects, ({ nodes, results }) => {
        const runs = [run(nodes, results)];
        expect(openLineageEvents(input(runs)).flatMap(eventFaults)).toEqual([]);
        const graph = lineageGraph(runs);
        const ids = new Set(graph.nodes.map(({ id }) => id));
        expect(ids.size).toBe(graph.nodes.length);
        for (const [from, to] of graph.edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
      }),
      { numRuns: 50 },
    );
  });
});
