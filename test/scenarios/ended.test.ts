import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ANEW, NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

/** A model whose code runs inside dbt, as a Python model of dbt-duckdb does. */
const pythonModel = (body: string) =>
  `import os, signal, time\n\ndef model(dbt, session):\n    ${body}\n    return session.sql('select 1 as id')\n`;
/** Says who it is in the project's folder and then that it is up, and works for longer than anybody waits, or as long as said. */
const SLOW = (pidFile: string, seconds = 100) =>
  pythonModel(
    `open('${pidFile}', 'w').write(str(os.getpid())); print('MODEL IS UP', flush=True); time.sleep(${seconds})`,
  );
const ONE_MODEL = { command: 'build --select ended' };

/** How the runner cancels a step: SIGINT, after 7.5 s SIGTERM, after another 2.5 s it kills. */
const CANCEL = {
  name: 'SIGINT',
  after: /MODEL IS UP/,
  second: { name: 'SIGTERM', afterMs: 7_500 },
} as const;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(!REAL_DBT)(`a run that is ended from outside${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({ project: 'small' });
  const addModel = (text: string) => writeFile(join(scene.workspace, 'models', 'ended.py'), text);

  it('dbt killed: the exit code is that of the signal, the record is signed', async () => {
    await addModel(pythonModel('os.kill(os.getpid(), signal.SIGKILL)'));
    const run = await scene.run({ inputs: ONE_MODEL });

    expect(run.exitCode, run.stdout).toBe(137);
    expect(run.outputs.get('dbt-exit-code')).toBe('137');
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.log.annotations[0]?.title).toContain('ERR_DBT_KILLED');
    expect(run.log.annotations[0]?.message).toContain('SIGKILL');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
  });

  it('cancelled: ended within the 10 s that the runner gives, the record says cancelled and is signed', async () => {
    const pid = join(scene.workspace, 'dbt.pid');
    await addModel(SLOW(pid));
    const run = await scene.run({ inputs: { ...ANEW, ...ONE_MODEL }, signal: CANCEL });

    expect(run.exitCode, run.stdout).not.toBe(0);
    expect(run.outputs.get('status')).toBe('cancelled');
    expect(run.afterSignalMs, 'ms from the first signal to the end').toBeLessThan(10_000);
    expect(isAlive(Number(await readFile(pid, 'utf8')))).toBe(false);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    expect(artifact.text).toContain('cancelled');
  });

  it('FF-A22 cancelled while dbt pays no heed and ends well: the step is red, the record says cancelled', async () => {
    // Deaf to SIGINT as a whole process, as a library in C can make it.
    const deaf =
      "import ctypes; ctypes.CDLL(None).signal(2, ctypes.c_void_p(1)); print('MODEL IS UP', flush=True); time.sleep(2)";
    await addModel(pythonModel(deaf));
    const run = await scene.run({ inputs: ONE_MODEL, signal: CANCEL });

    expect(run.outputs.get('dbt-exit-code'), run.stdout).toBe('0');
    expect(run.exitCode).toBe(1);
    expect(run.outputs.get('status')).toBe('cancelled');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
  });

  it.each([
    ['in time to write its last artifacts after post', 3],
    ['when it is killed', 100],
  ])(
    'main killed: post says that there may be no evidence, dbt ends %s and leaves nothing',
    async (_, seconds) => {
      const pid = join(scene.workspace, 'dbt.pid');
      // What dbt removes at its end is its private folder, whatever the project makes of the variable that names it.
      const elsewhere = `os.environ['DBT_TARGET_PATH'] = '${join(scene.workspace, 'models', 'target')}'; `;
      await addModel(SLOW(pid, seconds).replace('open(', `${elsewhere}open(`));
      const run = await scene.run({
        inputs: { ...ANEW, ...ONE_MODEL },
        signal: { name: 'SIGKILL', after: /MODEL IS UP/ },
      });

      expect(run.signal).toBe('SIGKILL');
      expect(scene.peers.artifacts.artifacts.size).toBe(0);
      expect(scene.post().log.annotations.map(({ level, message }) => `${level}: ${message}`)).toEqual([
        expect.stringMatching(/^warning: .*may have left no evidence/),
      ]);
      await expect
        .poll(async () => isAlive(Number(await readFile(pid, 'utf8'))), { timeout: 20_000 })
        .toBe(false);
      expect(existsSync(join(scene.workspace, 'models'))).toBe(true);
    },
  );
});
