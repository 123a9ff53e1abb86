import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { combinations } from './case.ts';
import { CODE } from './duckdb/code.ts';
import { MODELS } from './duckdb/models.ts';
import { NOTHING_RUNS } from './duckdb/nothing-runs.ts';
import { OPTIONS } from './duckdb/options.ts';
import { OUTCOMES } from './duckdb/outcomes.ts';
import { SEEDS_SNAPSHOTS } from './duckdb/seeds-snapshots.ts';
import { TESTS } from './duckdb/tests.ts';
import { POSTGRES } from './postgres/cases.ts';

const DUCKDB = [MODELS, SEEDS_SNAPSHOTS, TESTS, OPTIONS, OUTCOMES, CODE, NOTHING_RUNS].flat();

/** Relative imports of a module that are there at run time: types are erased. */
function loadedBy(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const imports = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?'(\.[^']+)'/gm);
  return [...imports].map(([, path = '']) => resolve(dirname(file), path));
}

function reachedFrom(files: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    waiting.push(...loadedBy(file));
  }
  return reached;
}

describe('the oracle', () => {
  const own = globSync('test/oracle/**/*.ts', { cwd: REPOSITORY_ROOT }).map((path) =>
    join(REPOSITORY_ROOT, path),
  );

  it('imports nothing of the product, types neither', () => {
    const product = /['"](?:\.\.\/)+(?:src|dist)\//;
    expect(own.filter((path) => product.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('loads nothing of the product by way of the local peers, which know some of its types', () => {
    const reached = [...reachedFrom(own)].map((path) => relative(REPOSITORY_ROOT, path));
    expect(reached).toContain('test/support/runner.ts');
    expect(reached.filter((path) => /^(src|dist)\//.test(path))).toEqual([]);
  });

  it('meets at least 60 combinations of command, option, materialization and outcome on DuckDB', () => {
    const met = new Set(DUCKDB.flatMap(combinations));
    expect(met.size, [...met].join('\n')).toBeGreaterThanOrEqual(60);
  });

  it('meets some of them on PostgreSQL', () => {
    expect(new Set(POSTGRES.flatMap(combinations)).size).toBeGreaterThanOrEqual(10);
  });

  it('gives each case a name of its own', () => {
    const names = DUCKDB.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
