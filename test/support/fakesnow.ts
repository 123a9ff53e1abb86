/**
 * fakesnow, a Snowflake on DuckDB in memory, as a process on a free port of 127.0.0.1.
 *
 * What it cannot prove: it reads no token and knows no user, role, grant, warehouse or expiry. The front in
 * snowflake.ts looks at who asks before a request comes here.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './loopback.ts';
import { toolPath } from './tools.ts';

export interface Fakesnow {
  readonly url: string;
  close(): Promise<void>;
}

export async function startFakesnow(): Promise<Fakesnow> {
  const port = await freePort();
  const child = spawn(toolPath('fakesnow'), ['-s', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const answers = await fetch(`${url}/session`, { method: 'POST' }).then(
      () => true,
      () => false,
    );
    if (answers) return { url, close };
    await sleep(100);
  }
  await close();
  throw new Error('fakesnow did not start');
}
