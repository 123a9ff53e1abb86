import { describe, expect, it } from 'vitest';
import type { ManifestNode } from '../../src/dbt/artifacts.ts';
import { parseCommands } from '../../src/dbt/command.ts';
import { checkFullRefresh } from '../../src/dbt/full-refresh.ts';
import { readManifest } from '../../src/dbt/read-artifacts.ts';

const node = (id: string, config: Partial<ManifestNode['config']>) => ({
  unique_id: id,
  resource_type: id.split('.')[0],
  name: id.split('.').at(-1),
  original_file_path: `models/${id}.sql`,
  config,
});

function check(
  command: string,
  config: Record<string, unknown>,
  { id = 'model.shop.a', fullRefresh = false } = {},
) {
  const manifest = readManifest(
    new TextEncoder().encode(JSON.stringify({ metadata: {}, nodes: { [id]: node(id, config) } })),
  );
  const commands = parseCommands(command).map((parsed) => ({
    command: parsed,
    selection: 'resolved' as const,
    nodes: [id],
  }));
  const limits = { target: 'x', commands: [], within: [], never: [], env: [], fullRefresh };
  return () => checkFullRefresh({ commands, hooks: [] }, manifest, limits);
}

describe('FF-A19 full_refresh in the config of a node', () => {
  it.each([
    ['run', { materialized: 'incremental' }],
    ['build', { materialized: 'materialized_view' }],
    ['build', { materialized: 'dynamic_table' }],
    ['build', { materialized: 'view' }],
    ['run', { materialized: 'made_by_a_package' }],
  ])('is refused like the option: %s of %j', (command, config) => {
    expect(check(command, { ...config, full_refresh: true })).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_SELECTION_FORBIDDEN',
        reason: 'FULL_REFRESH',
        message: expect.stringContaining(`model.shop.a (models/model.shop.a.sql, ${config.materialized})`),
      }),
    );
  });

  it('is refused for a seed, which is truncated otherwise', () => {
    const config = { materialized: 'seed', full_refresh: true };
    expect(check('seed', config, { id: 'seed.shop.raw' })).toThrow('seed.shop.raw');
    expect(check('show', config, { id: 'seed.shop.raw' }), 'loaded to be shown').toThrow('seed.shop.raw');
    expect(check('show', { ...config, materialized: 'incremental' })).not.toThrow();
  });

  it.each([
    ['a rule that allows it', 'build', { materialized: 'incremental', full_refresh: true }, true],
    ['false, which protects', 'build', { materialized: 'incremental', full_refresh: false }, false],
    ['a table, which is made anew anyway', 'build', { materialized: 'table', full_refresh: true }, false],
    ['a snapshot, which dbt never drops', 'build', { materialized: 'snapshot', full_refresh: true }, false],
    ['a command that builds nothing', 'compile', { materialized: 'incremental', full_refresh: true }, false],
    [
      'clone, which looks at the option alone',
      'clone',
      { materialized: 'incremental', full_refresh: true },
      false,
    ],
  ])('is let be for %s', (_, command, config, fullRefresh) => {
    expect(check(command, config, { fullRefresh })).not.toThrow();
  });
});
