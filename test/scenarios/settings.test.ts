import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith, type Tool, toolPath } from '../support/tools.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const statementOf = (bundle: string | undefined) =>
  JSON.parse(Buffer.from(JSON.parse(bundle ?? '{}').dsseEnvelope.payload, 'base64').toString()).predicate;

describe.skipIf(!REAL_DBT)(`what else says what dbt does${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({ project: 'small' });

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
    await appendFile(join(scene.workspace, 'models/stg_orders.sql'), "-- {{ env_var('REGION') }}\n");
    const run = await scene.run({ env: { REGION: 'eu-central-1' } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('ERR_DBT_PLAN_FAILED VARIABLE');
    expect(run.stdout).toMatch(
      /`REGION` is set in the job but not passed to dbt: add it to `dbt\.env` of the rule production \(octo-sec\/policies\/jaffle-shop\.yml@\w+:\d+\)/,
    );
    expect(run.stdout).not.toContain('eu-central-1');
  });
});

const FLAGS = `
flags:
  fail_fast: true
  use_v2_parser: true
  v2_parser: "touch started"
  send_anonymous_usage_stats: false
`;

const VERSIONS: readonly (readonly [Tool, RegExp])[] = [
  ['dbt18', /^1\.8\./],
  ['dbt112', /^1\.12\./],
];

for (const [tool, version] of VERSIONS) {
  describeWith([tool], `FF-C5 a run with dbt ${version.source}`, () => {
    const scene = stage({ project: 'small' });

    it('builds and records; FF-A18 no other program parses, and what is in effect is told', async () => {
      await appendFile(join(scene.workspace, 'dbt_project.yml'), FLAGS);
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
