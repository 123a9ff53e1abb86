import { describe, expect, it } from 'vitest';
import { lineageGraph } from '../../src/lineage/graph.ts';
import * as records from '../support/records.ts';
import { node, run } from './project.ts';

const result = records.nodeResult;
const chain = [
  node('source.shop.raw.orders'),
  node('model.shop.stg', { dependsOn: ['source.shop.raw.orders'] }),
  node('model.shop.glue', { dependsOn: ['model.shop.stg'], materialized: 'ephemeral' }),
  node('model.shop.mart', { dependsOn: ['model.shop.glue'], tags: ['pii'] }),
  node('exposure.shop.board', { dependsOn: ['model.shop.mart'] }),
  node('model.shop.before', { dependsOn: [] }),
  node('model.shop.far', { dependsOn: ['model.shop.before'] }),
  node('test.shop.unique_mart', { dependsOn: ['model.shop.mart'] }),
];

describe('lineageGraph', () => {
  it('has what ran and its direct neighbours, with edges through ephemeral models', () => {
    const graph = lineageGraph([run(chain, [result('model.shop.mart')])]);
    expect(graph.nodes.map(({ id, kind, status }) => [id, kind, status])).toEqual([
      ['model.shop.mart', 'model', 'success'],
      ['model.shop.stg', 'model', 'not-run'],
      ['exposure.shop.board', 'exposure', 'not-run'],
    ]);
    expect(graph.nodes[0]).toMatchObject({ label: 'mart', tags: ['pii'] });
    expect(graph.edges).toEqual([
      ['model.shop.stg', 'model.shop.mart'],
      ['model.shop.mart', 'exposure.shop.board'],
    ]);
  });

  it('counts tests on the node that they test and leaves its status alone', () => {
    const failing = result('test.shop.unique_mart', { status: 'failed', raw: 'fail' });
    const built = run(chain, [result('model.shop.mart'), failing]);
    expect(lineageGraph([built]).nodes[0]).toMatchObject({
      status: 'success',
      tests: { passed: 0, failed: 1, warned: 0, skipped: 0 },
    });
    const testedOnly = lineageGraph([run(chain, [failing], { which: 'test' })]);
    expect(testedOnly.nodes).toMatchObject([
      { id: 'model.shop.mart', status: 'not-run', tests: { failed: 1 } },
    ]);
  });

  it('joins the commands of a run: the last result of a node counts', () => {
    const graph = lineageGraph([
      run(chain, [result('model.shop.mart', { status: 'failed', raw: 'error' })], { which: 'run' }),
      run(chain, [result('test.shop.unique_mart')], { which: 'test' }),
      run(chain, [result('model.shop.mart'), result('model.shop.stg', { status: 'skipped' })], {
        which: 'retry',
      }),
    ]);
    const statuses = Object.fromEntries(graph.nodes.map(({ id, status }) => [id, status]));
    expect(statuses).toMatchObject({
      'model.shop.mart': 'success',
      'model.shop.stg': 'skipped',
      'source.shop.raw.orders': 'not-run',
    });
    expect(graph.nodes.find(({ id }) => id === 'model.shop.mart')?.tests?.passed).toBe(1);
    expect(new Set(graph.edges.map(String)).size).toBe(graph.edges.length);
  });

  it('shows ids that the manifest lacks without edges, and no hooks', () => {
    const graph = lineageGraph([
      run(chain, [result('model.shop.gone'), result('operation.shop.hook'), result('macro.shop.grant_it')]),
    ]);
    expect(graph).toEqual({
      nodes: [
        { id: 'model.shop.gone', label: 'model.shop.gone', kind: 'model', status: 'success', tags: [] },
      ],
      edges: [],
    });
  });

  it('is empty for a command that executes nothing or leaves no artifacts', () => {
    const listed = run(chain, [result('model.shop.mart')], { which: 'generate' });
    expect(lineageGraph([listed, { artifacts: null }])).toEqual({ nodes: [], edges: [] });
  });
});
