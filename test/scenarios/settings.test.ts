import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith, type Tool, toolPath } from '../support/tools.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const statementOf = (bundle: string | undefined) =>
  JSON.parse(Buffer.from(JSON.parse(bundle ?? '{}').dsseEnvelope.payload, 'base64').toString()).predicate;

describe.skipIf(!REAL_DBT)(`what else says what dbt does${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage();

  it('FF-A18 DBT_ENGINE_EMPTY of an earlier step: refused before dbt starts, and named', async () => {
    const run = await scene.run({ env: { DBT_ENGINE_EMPTY: 'true' } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('ERR_ENVIRONMENT_UNSAFE');
    expect(run.stdout).toMatch(/DBT_ENGINE_EMPTY.*--empty/s);
    const { files } = await verifyArtifact(scene.peers, run);
    const predicate = statementOf(files.get('dbt-evidence.sigstore.json'));
    expect(predicate).toMatchObject({ status: 'failed', credentials: [] });
    expect(predicate.failure.message).toContain('DBT_ENGINE_EMPTY');
    expect(predicate).not.toHaveProperty('dbt');
  });

  it('FF-A19 full_refresh of a folder in dbt_project.yml: refused by the plan, with the nodes', async () => {
    const file = join(scene.workspace, 'dbt_project.yml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('+schema: raw', '+full_refresh: true'));
    const run = await scene.run();
    expect(run.outputs.get('status')).toBe('denied');
    expect(run.stdout).toContain('ERR_DBT_SELECTION_FORBIDDEN FULL_REFRESH');
    expect(run.stdout).toMatch(/seed\.jaffle_shop\.\w+ \(seeds\/\w+\.csv, seed\)/);
    expect(run.outputs.get('dbt-exit-code')).toBe('');
  });

  it('FF-C8 a variable that a model misses: the job has it, the rule keeps it from dbt', async () => {
    await appendFile(join(scene.workspace, 'models/marts/orders.sql'), "-- {{ env_var('REGION') }}\n");
    const run = await scene.run({ env: { REGION: 'eu-central-1' } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('ERR_DBT_PLAN_FAILED VARIABLE');
    expect(run.stdout).toMatch(
      /`REGION` is set in the job but not passed to dbt: add it to `dbt\.env` of the rule production \(octo-sec\/policies\/jaffle-shop\.yml@\w+:\d+\)/,
    );
    expect(run.stdout).not.toContain('eu-central-1');
  });
});

/** The example is written for dbt 1.9 and later: its tests have `arguments`, its snapshots are YAML. */
async function writeForOldDbt(workspace: string): Promise<void> {
  for (const folder of ['models', 'seeds', 'snapshots', 'tests'])
    await rm(join(workspace, folder), { recursive: true });
  await mkdir(join(workspace, 'models', 'marts'), { recursive: true });
  await mkdir(join(workspace, 'seeds'));
  const write = (name: string, text: string) => writeFile(join(workspace, name), text);
  await write('seeds/raw_days.csv', 'id\n1\n2\n');
  await write(
    'models/marts/days.sql',
    "{{ config(materialized='incremental', unique_key='id') }} select id from {{ ref('raw_days') }}",
  );
  await write(
    'models/marts/days.yml',
    'models: [{ name: days, columns: [{ name: id, data_tests: [unique, not_null] }] }]\n',
  );
}

const VERSIONS: readonly (readonly [Tool, RegExp])[] = [
  ['dbt18', /^1\.8\./],
  ['dbt112', /^1\.12\./],
];

for (const [tool, version] of VERSIONS) {
  describeWith([tool], `FF-C5 a run with dbt ${version.source}`, () => {
    const scene = stage();

    it('builds and records; FF-A18 no other program parses, and what is in effect is told', async () => {
      const file = join(scene.workspace, 'dbt_project.yml');
      const flags = 'flags:\n  fail_fast: true\n  use_v2_parser: true\n  v2_parser: "touch started"';
      await writeFile(
        file,
        (await readFile(file, 'utf8')).replace('flags:', flags).replace('">=1.9.0"', '">=1.8.0"'),
      );
      if (tool === 'dbt18') await writeForOldDbt(scene.workspace);
      const env = { DBT_DEBUG: 'false', DBT_TARGET: 'other', DBT_SCHEMA: 'mine', DBT_ENGINE_V2_PARSER: 'x' };
      const run = await scene.run({ inputs: { dbt: toolPath(tool) }, env });
      expect(run.exitCode, run.stdout).toBe(0);
      expect(run.stdout).toMatch(
        /environment {2}of dbt: .*DBT_DEBUG=false.*DBT_ENGINE_V2_PARSER, DBT_TARGET/,
      );
      const artifact = await verifyArtifact(scene.peers, run);
      expect(artifact.exitCode, artifact.text).toBe(0);
      const predicate = statementOf(artifact.files.get('dbt-evidence.sigstore.json'));
      expect(predicate.dbt.version).toMatch(version);
      expect(predicate.settings).toEqual({
        set: [
          { name: 'DBT_DEBUG', value: 'false', source: 'environment' },
          { name: 'fail_fast', value: 'true', source: 'project' },
          { name: 'send_anonymous_usage_stats', value: 'false', source: 'project' },
        ],
        dropped: ['DBT_ENGINE_V2_PARSER', 'DBT_TARGET'],
        variables: ['DBT_SCHEMA'],
      });
      const results = JSON.parse(artifact.files.get('dbt/1-build/run_results.json') ?? '{}');
      expect(results.args.use_v2_parser ?? false).toBe(false);
      expect(results.args.log_file_max_bytes).toBe(0);
    });
  });
}
