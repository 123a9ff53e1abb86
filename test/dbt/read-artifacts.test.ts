import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCatalog, readManifest, readRunResults } from '../../src/dbt/read-artifacts.ts';
import { bytes } from '../support/evidence.ts';

const json = (value: unknown) => bytes(JSON.stringify(value));

describe('readManifest', () => {
  it('reads a node of today', () => {
    const manifest = readManifest(
      json({
        metadata: {
          dbt_version: '1.11.16',
          invocation_id: 'i',
          adapter_type: 'duckdb',
          env: { ACTOR: 'octocat' },
        },
        nodes: {
          'model.p.a': {
            name: 'a',
            resource_type: 'model',
            package_name: 'p',
            tags: ['x'],
            config: { tags: ['x', 'y'], materialized: 'table', group: 'sales' },
            depends_on: { nodes: ['source.p.s.t', 'source.p.s.t'] },
            columns: { id: { name: 'id', data_type: 'int' } },
            checksum: { name: 'sha256', checksum: 'c' },
            compiled_code: 'select 1',
          },
        },
        sources: { 'source.p.s.t': { name: 't', identifier: 'raw_t', schema: 'raw' } },
        groups: { 'group.p.sales': { owner: { email: 'a@example.com' } } },
      }),
    );
    expect(manifest).toMatchObject({
      dbtVersion: '1.11.16',
      adapterType: 'duckdb',
      env: { ACTOR: 'octocat' },
    });
    expect(manifest.nodes.get('model.p.a')).toMatchObject({
      tags: ['x', 'y'],
      materialized: 'table',
      owner: 'a@example.com',
      dependsOn: ['source.p.s.t'],
      columns: [{ name: 'id', type: 'int', description: '' }],
      checksum: 'c',
      compiledCode: 'select 1',
    });
    expect(manifest.nodes.get('source.p.s.t')).toMatchObject({ resourceType: 'source', identifier: 'raw_t' });
  });

  it('reads the names of before 1.3, tests, and parents that stand only in parent_map', () => {
    const { nodes } = readManifest(
      json({
        nodes: {
          'model.p.a': { compiled_sql: 'select 1', raw_sql: 'select {{ 1 }}' },
          'test.p.t': {
            test_metadata: { name: 'unique', kwargs: { column_name: 'id' } },
            config: { severity: 'WARN' },
          },
        },
        parent_map: { 'test.p.t': ['model.p.a'] },
      }),
    );
    expect(nodes.get('model.p.a')).toMatchObject({ compiledCode: 'select 1', rawCode: 'select {{ 1 }}' });
    expect(nodes.get('test.p.t')).toMatchObject({
      dependsOn: ['model.p.a'],
      test: { name: 'unique', column: 'id', severity: 'warn' },
    });
  });

  it('is not confused by ids that are names of JavaScript', () => {
    const { nodes } = readManifest(
      bytes('{"nodes": {"__proto__": {"name": "a"}, "constructor": {"name": "b"}}}'),
    );
    expect([...nodes.keys()]).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
  });

  it.each(['', '{', '{"nodes": {"model.p.a"', '[]', 'null', '1'])('refuses %j', (text) => {
    for (const read of [readManifest, readRunResults, readCatalog]) {
      expect(() => read(bytes(text))).toThrow(expect.objectContaining({ code: 'ERR_LINEAGE_INCOMPLETE' }));
    }
  });

  it('property: any JSON object is read', () => {
    const odd = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, 0, 'x', true, []),
        fc.dictionary(
          fc.constantFrom(
            'metadata',
            'nodes',
            'results',
            'columns',
            'config',
            'tags',
            'depends_on',
            'timing',
            'stats',
            'meta',
            'env',
            'args',
          ),
          tie('value'),
        ),
      ),
    })).value;
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('metadata', 'nodes', 'sources', 'results', 'groups'), odd),
        (value) => {
          for (const read of [readManifest, readRunResults, readCatalog])
            expect(read(json(value))).toBeDefined();
        },
      ),
    );
  });
});

describe('readRunResults', () => {
  it.each([
    ['success', 'success'],
    ['pass', 'success'],
    ['error', 'failed'],
    ['fail', 'failed'],
    ['runtime error', 'failed'],
    ['partial success', 'failed'],
    ['a word of tomorrow', 'failed'],
    ['warn', 'warned'],
    ['skipped', 'skipped'],
    ['reused', 'reused'],
    ['no-op', 'no-op'],
  ])('reads the status %j as %s', (raw, status) => {
    const { results } = readRunResults(
      json({ results: [{ unique_id: 'model.p.a', status: raw, failures: 3 }], args: { which: 'build' } }),
    );
    expect(results).toMatchObject([{ uniqueId: 'model.p.a', status, raw, failures: 3 }]);
  });
});

const PEERS = fileURLToPath(new URL('../../../shared/peers/manifests', import.meta.url));
const sets = existsSync(PEERS)
  ? readdirSync(PEERS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('manifest.json'))
  : [];

describe.skipIf(sets.length === 0)(
  `artifacts of real projects${sets.length === 0 ? ' (peer data not present)' : ''}`,
  () => {
    it('are 26 sets', () => {
      expect(sets).toHaveLength(26);
    });

    it.each(sets)('%s', (file) => {
      const manifest = readManifest(readFileSync(join(PEERS, file)));
      expect(manifest.dbtVersion).toMatch(/^\d+\.\d+/);
      expect(manifest.nodes.size).toBeGreaterThan(25);
      const models = [...manifest.nodes.values()].filter((node) => node.resourceType === 'model');
      expect(
        models.filter((node) => node.name === '' || node.schema === '' || node.materialized === ''),
      ).toEqual([]);
      expect(models.some((node) => node.dependsOn.length > 0)).toBe(true);
      const beside = (name: string) => join(PEERS, file, '..', name);
      if (existsSync(beside('run_results.json'))) {
        const { results, which } = readRunResults(readFileSync(beside('run_results.json')));
        expect(which).not.toBe('');
        expect(results.filter((result) => result.uniqueId === '' || result.raw === '')).toEqual([]);
      }
      if (existsSync(beside('catalog.json'))) {
        const { tables } = readCatalog(readFileSync(beside('catalog.json')));
        expect([...tables.values()].filter((table) => table.columns.length > 0).length).toBeGreaterThan(0);
      }
    });
  },
);
