import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const CANARY = 'canary-of-a-long-lived-key';
const inEveryRule = (line: string) => (policy: string) => policy.replace(/^( +)dbt:/gm, `$1${line}\n$1dbt:`);

describe('authentication only', () => {
  const scene = stage();

  it('decides and leaves signed evidence; dbt is not needed', async () => {
    const run = await scene.run({ inputs: { mode: 'auth-only', dbt: 'no-such-file' } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.get('status')).toBe('auth-only');
    expect(run.outputs.get('dbt-exit-code')).toBe('');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'auth-only');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.names.filter((name) => name.startsWith('dbt/'))).toEqual([]);
  });
});

describe('a rule that refuses long-lived keys', () => {
  const scene = stage({ policy: inEveryRule('static_credentials: refuse') });

  it('E05: stops before dbt, names variable and line, and shows no value', async () => {
    await writeFile(
      join(scene.workspace, 'profiles.yml'),
      'shop:\n  outputs:\n    prod: { password: x, type: y }\n',
    );
    const run = await scene.run({ inputs: { dbt: 'no-such-file' }, env: { SNOWFLAKE_PASSWORD: CANARY } });
    expect(run.exitCode, run.stdout).toBe(1);
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation).toMatchObject({ file: 'profiles.yml', line: '3' });
    expect(annotation?.title).toContain('ERR_STATIC_CREDENTIAL');
    expect(annotation?.message).toContain('SNOWFLAKE_PASSWORD (environment)');
    expect(run.summary).toContain('refused: the run stopped for it');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'failed');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.text).toContain('static keys: 2 found');
    expect([run.stdout, run.summary, ...artifact.files.values()].join()).not.toContain(CANARY);
  });
});

describe.skipIf(!REAL_DBT)(`a rule that scrubs long-lived keys${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage();

  it('E05: dbt runs without them, and the record says so', async () => {
    const name = 'SNOWFLAKE_PASSWORD';
    const sql = `{{ log('seen: ' ~ env_var('${name}', 'nothing') ~ env_var('DBT_PASSWORD', ' at all'), info=true) }} select 1 as id`;
    await writeFile(join(scene.workspace, 'models', 'staging', 'looks.sql'), sql);
    const run = await scene.run({ env: { [name]: CANARY, DBT_PASSWORD: CANARY } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.log.text).toContain('seen: nothing at all');
    expect(run.log.annotations.map(({ title, message }) => `${title}: ${message}`)).toEqual(
      ['DBT_PASSWORD', name].map(
        (key) => `Static credential: ${key} (environment) is a long-lived credential; dbt does not get it.`,
      ),
    );
    const artifact = await verifyArtifact(scene.peers, run, '--expect-credentials', 'none');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect([run.stdout, ...artifact.files.values()].join()).not.toContain(CANARY);
  });
});
