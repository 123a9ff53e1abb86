/**
 * Keycloak 26.7.5 on a free port of 127.0.0.1 with an empty database in memory, and one realm imported as `--import-realm`
 * does. What it cannot prove: TLS, clusters, other versions.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrustFile } from '../../src/policy/trust/rendered.ts';
import { startLoopback } from './loopback.ts';
import { toolPath } from './tools.ts';

export interface Keycloak {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What it logged so far. */
  log(): string;
  /** An access token for its first administrator. */
  admin(): Promise<string>;
  close(): Promise<void>;
}

const ADMIN = 'admin';
/** A cold start on a busy machine. */
const STARTS_WITHIN_MS = 240_000;

/** `realms` gives the file of each realm for the address of the server. */
export async function startKeycloak(realms: (url: string) => readonly TrustFile[]): Promise<Keycloak> {
  const probe = await startLoopback(() => {});
  const { url } = probe;
  await probe.close();
  const home = await homeWith(realms(url));
  const server = spawn(
    'sh',
    [
      ...[join(home, 'bin', 'kc.sh'), 'start', '--optimized', '--import-realm', '--log-level=warn'],
      ...['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${new URL(url).port}`],
      `--hostname=${url}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: environment() },
  );
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  }
  const ended = once(server, 'exit');
  const close = async () => {
    if (server.exitCode === null && server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  const limit = Date.now() + STARTS_WITHIN_MS;
  while (!(await answers(`${url}/realms/master`))) {
    if (server.exitCode !== null || Date.now() > limit) {
      await close();
      throw new Error(`Keycloak did not start:\n${log}`);
    }
    await sleep(500);
  }
  return { url, log: () => log, admin: () => adminToken(url), close };
}

/** The shared installation with a folder for data of its own. */
async function homeWith(realms: readonly TrustFile[]): Promise<string> {
  const installed = toolPath('keycloak');
  const home = await mkdtemp(join(tmpdir(), 'keycloak-'));
  await cp(join(installed, 'bin', 'kc.sh'), join(home, 'bin', 'kc.sh'));
  for (const folder of ['lib', 'conf', 'providers'])
    await symlink(join(installed, folder), join(home, folder));
  const folder = join(home, 'data', 'import');
  await mkdir(folder, { recursive: true });
  for (const { name, text } of realms) await writeFile(join(folder, name), text);
  return home;
}

/** Nothing of the caller's but where Java is. The first tier of the compiler starts sooner. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, JAVA_HOME } = process.env;
  return {
    PATH,
    ...(JAVA_HOME && { JAVA_HOME }),
    JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m',
    JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN,
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

async function adminToken(url: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'password',
    client_id: 'admin-cli',
    username: ADMIN,
    password: ADMIN,
  });
  const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body,
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}
