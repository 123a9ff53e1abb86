/**
 * A PostgreSQL server with a new cluster in a temporary folder, on a Unix socket only. Whoever reaches the socket
 * may log in as anybody: the front in postgres.ts decides who does.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { toolPath } from './tools.ts';

const run = promisify(execFile);

export interface PostgresCluster {
  /** The path of the Unix socket. */
  readonly socket: string;
  /** Runs statements as the superuser; gives the rows, unaligned, with `|` between columns. */
  sql(database: string, statements: string): Promise<string>;
  /** The server's log so far: each statement with its user and application name. */
  log(): string;
  close(): Promise<void>;
}

export async function startPostgresCluster(): Promise<PostgresCluster> {
  const bin = toolPath('postgres');
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  const as = unprivileged();
  const options = { cwd: folder, ...as };
  if (as !== undefined) await chown(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const layout = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(join(bin, 'initdb'), ['-D', data, ...layout], options);
  const settings = {
    ...{ listen_addresses: '', unix_socket_directories: folder, fsync: 'off' },
    ...{ log_statement: 'all', log_line_prefix: '%u %a ' },
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const sql = async (database: string, statements: string) => {
    const quiet = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
    const where = ['-h', folder, '-U', 'postgres', '-d', database, '-c', statements];
    return (await run(join(bin, 'psql'), [...quiet, ...where])).stdout.trim();
  };
  const close = async () => {
    if (server.exitCode === null) {
      server.kill('SIGQUIT');
      await once(server, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await sql('postgres', 'select 1').then(Boolean, () => false)); tries += 1) {
    if (tries === 100 || server.exitCode !== null) {
      await close();
      throw new Error(`PostgreSQL did not start: ${log}`);
    }
    await sleep(100);
  }
  return { socket: join(folder, '.s.PGSQL.5432'), sql, log: () => log, close };
}

/** PostgreSQL refuses to run as root: then as the user of Debian's package, or as nobody. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string, user: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }));
  try {
    return { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') };
  } catch {
    return { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') };
  }
}
