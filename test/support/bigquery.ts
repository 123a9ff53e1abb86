/**
 * bigquery-emulator behind a front that asks for an access token of `google`, alive and of a principal with access.
 *
 * What it cannot prove: the emulator runs SQL by itself and has no permissions, quotas, regions or billing; who may
 * use which dataset is no more than `readers` here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Google } from './google.ts';
import { startLoopback } from './loopback.ts';

const SCOPES = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/cloud-platform'];

export interface BigQueryRequest {
  readonly method: string;
  readonly path: string;
  /** The bearer as it came. */
  readonly token: string;
  /** As answered by the front or, behind it, by the emulator. */
  readonly status: number;
}

export interface BigQuery {
  /** `api_endpoint` of clients. */
  readonly url: string;
  /** Every request, oldest first. */
  readonly requests: BigQueryRequest[];
  close(): Promise<void>;
}

export async function startBigQuery(options: {
  readonly google: Pick<Google, 'principalOf'>;
  /** Path of the emulator's program. */
  readonly emulator: string;
  readonly project: string;
  readonly dataset: string;
  /** Members that may use the project. */
  readonly readers: readonly string[];
  readonly presented?: (secret: string) => Promise<void>;
}): Promise<BigQuery> {
  const { google, readers } = options;
  const emulator = await startEmulator(options);
  const requests: BigQueryRequest[] = [];
  const server = await startLoopback(async (incoming, outgoing) => {
    const { authorization } = incoming.headers;
    const token = authorization?.replace(/^Bearer /, '') ?? '';
    const log = (status: number) => {
      const path = incoming.url?.split('?')[0] ?? '';
      requests.push({ method: incoming.method ?? '', path, token, status });
    };
    await options.presented?.(token);
    const principal = google.principalOf(authorization);
    const member = principal?.members.some((name) => readers.includes(name));
    if (principal === undefined)
      return refuse(outgoing, log, 401, 'Request had invalid authentication credentials.');
    if (!principal.scopes.some((scope) => SCOPES.includes(scope)))
      return refuse(outgoing, log, 403, 'Request had insufficient authentication scopes.');
    if (!member)
      return refuse(outgoing, log, 403, 'Access Denied: User does not have bigquery.jobs.create permission');
    forward(emulator.port, server.url, incoming, outgoing, log);
  });
  return {
    url: server.url,
    requests,
    close: async () => {
      await Promise.all([server.close(), emulator.close()]);
    },
  };
}

function refuse(
  outgoing: ServerResponse,
  log: (status: number) => void,
  code: number,
  message: string,
): void {
  log(code);
  outgoing.writeHead(code, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ error: { code, message, errors: [{ reason: 'authError', message }] } }));
}

/** The emulator names itself in `Location`; clients must come back through the front. */
function forward(
  port: number,
  front: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  log: (status: number) => void,
): void {
  const { method, url: path, headers } = incoming;
  const upstream = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    log(answer.statusCode ?? 0);
    const { location } = answer.headers;
    const moved = location && { location: location.replace(/^https?:\/\/[^/]+/, front) };
    outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...moved });
    answer.pipe(outgoing);
  });
  upstream.on('error', () => outgoing.destroy());
  incoming.pipe(upstream);
}

async function startEmulator(options: {
  readonly emulator: string;
  readonly project: string;
  readonly dataset: string;
}): Promise<{ readonly port: number; close(): Promise<void> }> {
  const [port, grpc] = [await freePort(), await freePort()];
  const child = spawn(
    options.emulator,
    [
      ...[`--project=${options.project}`, `--dataset=${options.dataset}`, '--host=127.0.0.1'],
      ...[`--port=${port}`, `--grpc-port=${grpc}`, '--log-level=error'],
    ],
    { stdio: 'ignore', env: {} },
  );
  const ended = once(child, 'exit');
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const url = `http://127.0.0.1:${port}/bigquery/v2/projects/${options.project}/datasets`;
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const ready = await fetch(url)
      .then(({ ok }) => ok)
      .catch(() => false);
    if (ready) return { port, close };
    await sleep(100);
  }
  await close();
  throw new Error('bigquery-emulator did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
