import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../support/runner.ts';

/** Set-up on a machine that has Node and nothing else. */
describe('.ci/setup.mjs without Python and Go', () => {
  let empty: string;
  beforeAll(async () => {
    empty = await mkdtemp(join(tmpdir(), 'empty-'));
  });
  afterAll(() => rm(empty, { recursive: true, force: true }));

  const setUp = (...tools: readonly string[]) =>
    new Promise<{ code: number; output: string; script: string }>((done) => {
      const named = "Object.keys(process.env).filter((name) => name.startsWith('DBT_PASSPORT_'))";
      const words = ['.ci/setup.mjs', ...tools, '--', '-p', `${named}.join()`];
      const options = { cwd: REPOSITORY_ROOT, env: { PATH: empty, XDG_CACHE_HOME: empty } };
      execFile(process.execPath, words, options, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), output: stderr, script: stdout.trim() });
      });
    });

  it('leaves out what tests can do without, and says why', async () => {
    const { code, output, script } = await setUp('peers', 'bigquery-emulator');
    expect(output).toMatch(/^setup: peers needs Python 3\.11 or later; no Python was found on PATH: tests/m);
    expect(output).toMatch(/^setup: the BigQuery emulator needs Go 1\.25; no Go was found on PATH: tests/m);
    expect({ code, script }).toEqual({ code: 0, script: '' });
  });

  it('fails for what they cannot do without', async () => {
    const { code, output, script } = await setUp('warehouses');
    expect(output).toBe('setup: warehouses needs Python 3.10 or later; no Python was found on PATH\n');
    expect({ code, script }).toEqual({ code: 1, script: '' });
  });

  it('knows its tools', async () => {
    const { code, output } = await setUp('no-such-tool');
    expect(output).toMatch(/^setup: unknown "no-such-tool"; the tools are dbt, uv, /);
    expect(code).toBe(1);
  });
});
