import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LONG } from './long-runs.ts';
import { warmedBy } from './tools.ts';

const SERVER = fileURLToPath(new URL('./warm-dbt.py', import.meta.url));

const started: WarmDbt[] = [];

/**
 * Before the first test: each dbt that is installed, with its imports done once for all sessions. They take as long as it takes
 * to build a small project. `npm run test:full` starts dbt anew each time, as users do.
 */
export async function setup(): Promise<void> {
  if (LONG) return;
  await warmedBy(async (dbt) => {
    const warm = await startWarmDbt(dbt);
    started.push(warm);
    return warm.dbt;
  });
}

/** After the last test. */
export async function teardown(): Promise<void> {
  await Promise.all(started.map(({ stop }) => stop()));
}

interface WarmDbt {
  /** Path of a `dbt` for the input of that name: its Python is the client of the server. */
  readonly dbt: string;
  stop(): Promise<void>;
}

/** @param dbt path of a dbt in a virtual environment */
async function startWarmDbt(dbt: string): Promise<WarmDbt> {
  const folder = await mkdtemp(join(tmpdir(), 'warm-dbt-'));
  const socket = join(folder, 'socket');
  const python = join(dirname(dbt), 'python');
  const client = join(folder, 'python');
  const program = `import sys; sys.argv[:1] = [${JSON.stringify(SERVER)}, ${JSON.stringify(socket)}]; exec(open(sys.argv[0]).read())`;
  await writeFile(client, `#!${python} -IS\n${program}\n`, { mode: 0o755 });
  const script = join(folder, 'dbt');
  await writeFile(script, `#!${client}\nfrom dbt.cli.main import cli; cli()\n`, { mode: 0o755 });
  const env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8' };
  const server = spawn(python, [SERVER, 'serve', socket], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await listening(server, socket);
  return {
    dbt: script,
    stop: async () => {
      const ended = once(server, 'exit');
      if (server.exitCode === null && server.kill('SIGKILL')) await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(server: ChildProcess, socket: string): Promise<void> {
  while (server.exitCode === null) {
    const there = await access(socket).then(
      () => true,
      () => false,
    );
    if (there) return;
    await sleep(5);
  }
  throw new Error(`the server of a warm dbt ended with ${server.exitCode} before it listened`);
}
