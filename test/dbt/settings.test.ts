import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OWNED_OPTIONS, takesNext } from '../../src/dbt/options.ts';
import { SETTING_NAMES, settingOf } from '../../src/dbt/settings.ts';
import { describeWith, type Tool, toolPath } from '../support/tools.ts';

/** What dbt's code calls so and reads from no environment, or what has rules of its own in environment.ts. */
const NO_SETTING =
  /^DBT_(DEFAULT_PLACEHOLDER|INVOCATION_CONTEXT_VAR|SECRET_START|SECRET_ENV_VAR|ENV_CUSTOM_ENV_|ENV_SECRETS?(_\w+)?|CLOUD_\w+)$/;

/** Names of the kind that stand as a text of their own in the code of dbt and its adapters. */
function namesIn(dbt: string): readonly string[] {
  const library = join(dirname(dbt), '..', 'lib', 'python*', 'site-packages');
  const files = globSync(join(library, '{dbt,dbt_common,dbtlabs,dbt_extractor,metricflow*}', '**', '*.py'));
  expect(files.length).toBeGreaterThan(200);
  const names = files
    .filter((file) => !file.includes('/dbt/tests/'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/(['"])(DBT_[A-Z0-9_]+)\1/g)])
    .map(([, , name = '']) => name);
  return [...new Set(names)].sort();
}

/** Options of dbt's command line that take no value, from where dbt declares them. */
function switchesOf(dbt: string): readonly string[] {
  const [file = ''] = globSync(
    join(dirname(dbt), '..', 'lib', 'python*', 'site-packages', 'dbt', 'cli', 'params.py'),
  );
  const declared = readFileSync(file, 'utf8').matchAll(/(?:option|_track_env_var)\((.*?)\n\)/gs);
  return [...declared].flatMap(([, body = '']) => {
    const names = [...body.matchAll(/"(--?[A-Za-z][A-Za-z0-9/-]*)"/g)].map(([, name = '']) => name);
    const flag = body.includes('is_flag=True') || names.some((name) => name.includes('/--no-'));
    return flag ? names.flatMap((name) => name.split('/')) : [];
  });
}

/** Options of commands that cannot be asked for here. */
const ELSEWHERE = /^(-s|--(config-dir|connection|skip-debug|skip-profile-setup|(no-)?enable-legacy-logger))$/;

const VERSIONS: readonly (readonly [Tool, string])[] = [
  ['dbt18', 'dbt 1.8'],
  ['dbt', 'dbt 1.11'],
  ['dbt112', 'dbt 1.12'],
  ['warehouseDbt', 'dbt with the adapters of all warehouses'],
];

for (const [tool, title] of VERSIONS) {
  describeWith([tool], `what ${title} reads`, () => {
    it('FF-A18 every variable is a known setting, or none', () => {
      const unknown = namesIn(toolPath(tool)).filter(
        (name) => settingOf(name) === null && !NO_SETTING.test(name),
      );
      expect(unknown).toEqual([]);
    });

    it('every option without a value is known as one', () => {
      const options = switchesOf(toolPath(tool)).filter((option) => !ELSEWHERE.test(option));
      expect(options).toContain('--no-write-json');
      const misread = options.filter((option) => takesNext(option) && !OWNED_OPTIONS.has(option));
      expect(misread).toEqual([]);
    });
  });
}

describe('FF-A18 settings of dbt', () => {
  it.each(['DBT_ENGINE', 'DBT_ENGINE_OF_1_13', 'DBT_RECORDER_FILE_PATH', 'DBT_ENV_PRIVATE_X'])(
    'keeps %s from dbt without knowing what it does',
    (name) => expect(settingOf(name)?.fate).toBe('dropped'),
  );

  it.each(['DBT_SCHEMA', 'DBT_ENV_CUSTOM_ENV_TEAM', 'DBT_ENV_SECRET_X', 'DBT_', 'EMPTY', 'dbt_empty'])(
    '%s is none',
    (name) => expect(settingOf(name)).toBeNull(),
  );

  it('each stands in the documentation with what becomes of it', () => {
    const page = readFileSync(new URL('../../docs/dbt-settings.md', import.meta.url), 'utf8');
    const rows = new Map(
      [...page.matchAll(/^\| `([A-Z0-9_]+)` \| (\w+) \|/gm)].map(([, name = '', fate]) => [name, fate]),
    );
    expect([...rows.keys()].sort()).toEqual(SETTING_NAMES);
    for (const [name, fate] of rows) expect(settingOf(`DBT_${name}`)?.fate, name).toBe(fate);
  });
});
