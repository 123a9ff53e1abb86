import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { neededBy, testFiles, toolsFor } from '../../.ci/setup-needs.mjs';
import { TOOLS } from '../../.ci/setup-tools.mjs';
import { REPOSITORY_ROOT } from '../support/runner.ts';

const ALL = Object.keys(TOOLS);
const VARIABLES = Object.values(TOOLS).flatMap(({ variables }) => variables);

/** Every source file below a folder of the repository, by its path. */
function sources(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(join(REPOSITORY_ROOT, folder), { recursive: true, encoding: 'utf8' });
  const code = paths.filter((path) => /\.(ts|mjs|py)$/.test(path)).map((path) => `${folder}/${path}`);
  return new Map(code.map((path) => [path, readFileSync(join(REPOSITORY_ROOT, path), 'utf8')]));
}

const withText = (folder: string, pattern: RegExp) =>
  [...sources(folder)].filter(([, text]) => pattern.test(text)).map(([path]) => path);

describe('what `npm test -- <path>` sets up', () => {
  it.each([
    ['test/lineage', []],
    ['test/identity', []],
    ['./test/lineage/', []],
    ['test/evidence/report-browser.test.ts', ['chromium']],
    ['test/support/postgres.test.ts', ['postgres']],
    ['test/scenarios/snowflake.test.ts', ['dbt', 'warehouses', 'peers']],
    ['test/scenarios/bigquery.test.ts:120', ['dbt', 'warehouses', 'crucible']],
  ])('%s', (path, tools) => {
    expect(toolsFor(['run', path])).toEqual(tools);
  });

  it('nothing that lies outside the folder', () => {
    expect(toolsFor(['run', 'test/policy'])).not.toContain('warehouses');
    expect(toolsFor(['run', 'test/policy'])).toContain('keycloak');
    expect(toolsFor(['run', '--reporter=json', 'test/lineage', '--update'])).toEqual([]);
  });

  it.each([[['run']], [['run', '-t', 'lineage']], [['run', '--update', 'test/lineage']]])(
    'everything for %j',
    (args) => {
      expect(toolsFor(args)).toEqual(neededBy(testFiles()));
    },
  );

  it('every tool that there is, since some test needs it', () => {
    expect(neededBy(testFiles())).toEqual(ALL);
  });
});

/** So that what a test reads can be found in its imports. */
describe('the variables of tools', () => {
  it('are read under their own names, but in tools.ts, which knows them all', () => {
    expect(withText('test', /(?<!delete )process\.env\[(?!['"])/)).toEqual(['test/support/tools.ts']);
    const known = readFileSync(join(REPOSITORY_ROOT, 'test/support/tools.ts'), 'utf8').match(
      /DBT_PASSPORT_\w+/g,
    );
    expect(VARIABLES).toEqual(expect.arrayContaining(known ?? []));
  });

  it('are nothing to the product', () => {
    expect(withText('src', new RegExp(`\\b(${VARIABLES.join('|')})\\b`))).toEqual([]);
  });
});
