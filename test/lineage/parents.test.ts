import { describe, expect, it } from 'vitest';
import type { ManifestNode } from '../../src/dbt/artifacts.ts';
import { realParents, testedNodes } from '../../src/lineage/parents.ts';
import { node, run } from './project.ts';

function manifestOf(nodes: readonly ManifestNode[]) {
  const { artifacts } = run(nodes, []);
  if (artifacts === null) throw new Error('the builder makes artifacts');
  return artifacts.manifest;
}

describe('realParents', () => {
  it('replaces ephemeral models and functions by what they read, once each, in order', () => {
    const child = node('model.a.child', {
      dependsOn: ['model.a.e1', 'seed.a.s', 'function.a.f', 'model.a.lost'],
    });
    const manifest = manifestOf([
      child,
      node('model.a.e1', { materialized: 'ephemeral', dependsOn: ['source.a.x.y', 'model.a.e2'] }),
      node('model.a.e2', { materialized: 'ephemeral', dependsOn: ['seed.a.s', 'snapshot.a.h'] }),
      node('function.a.f', { dependsOn: ['source.a.x.y'] }),
      ...['source.a.x.y', 'seed.a.s', 'snapshot.a.h'].map((id) => node(id)),
    ]);
    expect(realParents(manifest, child).map((parent) => parent.uniqueId)).toEqual([
      'source.a.x.y',
      'seed.a.s',
      'snapshot.a.h',
    ]);
  });

  it('ends on a cycle', () => {
    const one = node('model.a.one', { materialized: 'ephemeral', dependsOn: ['model.a.two'] });
    const two = node('model.a.two', { materialized: 'ephemeral', dependsOn: ['model.a.one'] });
    expect(realParents(manifestOf([one, two]), one)).toEqual([]);
  });
});

describe('testedNodes', () => {
  const orders = node('model.a.orders');
  const customers = node('model.a.customers');
  const events = node('source.a.raw.events', { name: 'events' });
  const manifest = manifestOf([
    ...[orders, customers, events],
    ...[node('model.a.events'), node('source.a.other.events', { name: 'events' })],
    ...['model.a.kinds.v1', 'model.a.kinds.v2'].map((id) => node(id, { name: 'kinds' })),
  ]);
  const attributes = { name: 'relationships', column: 'id', severity: 'error', warnIf: '', errorIf: '' };
  const test = (attachedNode: string, model: unknown, dependsOn: readonly string[]) =>
    node('test.a.t', { dependsOn, test: { ...attributes, attachedNode, kwargs: { model } } });
  const both = ['model.a.customers', 'model.a.orders'];

  it.each([
    ['attached_node', 'model.a.orders', undefined, both, ['model.a.orders']],
    ['ref in the model argument', '', "{{ get_where_subquery(ref('orders')) }}", both, ['model.a.orders']],
    ['ref with a package', '', "{{ ref('a', 'customers') }}", both, ['model.a.customers']],
    [
      'source',
      '',
      "{{ source('raw', 'events') }}",
      ['source.a.raw.events', ...both],
      ['source.a.raw.events'],
    ],
    [
      'FF-A14: a model with the bare name of the source beside it',
      '',
      "{{ get_where_subquery(ref('events')) }}",
      ['source.a.raw.events', 'model.a.events'],
      ['model.a.events'],
    ],
    [
      'FF-A14: a source with the bare name of the model beside it',
      '',
      "{{ get_where_subquery(source('raw', 'events')) }}",
      ['source.a.raw.events', 'source.a.other.events', 'model.a.events'],
      ['source.a.raw.events'],
    ],
    [
      'FF-A14: the version that the argument names',
      '',
      "{{ ref('a', 'kinds', v=2) }}",
      ['model.a.kinds.v1', 'model.a.kinds.v2'],
      ['model.a.kinds.v2'],
    ],
    ['the only parent', '', undefined, ['model.a.customers'], ['model.a.customers']],
    ['several parents and no hint', '', undefined, both, both],
    ['a model argument that is no text', '', { ref: 1 }, both, both],
  ])('by %s', (_, attached, model, dependsOn, expected) => {
    const tested = testedNodes(manifest, test(attached, model, dependsOn));
    expect(tested.map(({ uniqueId }) => uniqueId)).toEqual(expected);
  });

  it('is no dataset when it is ephemeral, and every parent when a test is about several', () => {
    const glue = node('model.a.glue', { materialized: 'ephemeral', dependsOn: ['model.a.orders'] });
    const all = manifestOf([orders, customers, glue]);
    expect(testedNodes(all, test('model.a.glue', undefined, ['model.a.glue']))).toEqual([]);
    expect(testedNodes(all, test('', undefined, both))).toEqual([customers, orders]);
  });
});
