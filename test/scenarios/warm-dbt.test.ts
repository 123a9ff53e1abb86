import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dbtFor, toolPath } from '../support/tools.ts';

const IS_WARM = process.env['DBT_PASSPORT_DBT'] !== undefined && dbtFor('duckdb') !== toolPath('dbt');

/** What the other scenarios take for granted: a script in a warm dbt has what a script of its own Python has. */
describe.skipIf(!IS_WARM)(
  `a script in a warm dbt${IS_WARM ? '' : ' (dbt is started anew each time here)'}`,
  () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'warm-test-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const started = async (source: string): Promise<ChildProcess> => {
      const script = join(folder, `${Math.random()}.py`);
      await writeFile(script, source);
      return spawn(join(dirname(dbtFor('duckdb') ?? ''), 'python'), [script, 'argument'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], ONLY: 'this' },
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
      });
    };
    const output = (child: ChildProcess) => text(child.stdout as NodeJS.ReadableStream);

    it('has the arguments, folder, environment and descriptors of its caller, and dbt at once', async () => {
      const child = await started(`
import json, os, sys
names = sorted(name for name in os.environ if name not in ("PATH", "LC_CTYPE"))
os.write(4, os.read(3, 5))
print(json.dumps([sys.argv[1:], os.getcwd(), names, "dbt.cli.main" in sys.modules]))
`);
      (child.stdio[3] as NodeJS.WritableStream).write('hello');
      const [printed, echoed] = await Promise.all([
        output(child),
        text(child.stdio[4] as NodeJS.ReadableStream),
      ]);

      expect(JSON.parse(printed)).toEqual([['argument'], folder, ['ONLY'], true]);
      expect(echoed).toBe('hello');
    });

    it.each([
      ['sys.exit(7)', 7, null],
      ['sys.exit("why")', 1, null],
      ['pass', 0, null],
      ['os.kill(os.getpid(), signal.SIGKILL)', null, 'SIGKILL'],
      ['os.kill(os.getpid(), signal.SIGTERM)', null, 'SIGTERM'],
    ])('%s: ends as it ends', async (end, code, signal) => {
      const child = await started(`import os, signal, sys\n${end}`);
      expect(await once(child, 'exit')).toEqual([code, signal]);
    });

    it('gets the signals of its caller', async () => {
      const child = await started(`
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(9))
print("ready")
time.sleep(30)
`);
      await once(child.stdout as NodeJS.ReadableStream, 'data');
      process.kill(-(child.pid ?? 0), 'SIGINT');
      expect(await once(child, 'exit')).toEqual([9, null]);
    });

    it('ends, with all that it started, when its caller is killed', async () => {
      const child = await started(`
import os, subprocess, time
print(os.getpid(), subprocess.Popen(["sleep", "30"]).pid)
time.sleep(30)
`);
      const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      for (const id of String(line).trim().split(' ')) {
        await expect.poll(() => isAlive(Number(id)), { timeout: 10_000 }).toBe(false);
      }
    });
  },
);

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
