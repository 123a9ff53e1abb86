/**
 * bigquery-emulator 0.8.1 as a child, with what dbt needs and it lacks: it calls every statement a SELECT, knows a dataset
 * made by SQL in SQL only, cannot list routines, and in a load
 * knows types in capitals only and no default format.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { newSchema, statementOf } from './bigquery-statement.ts';

export interface EmulatorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface BigQueryEmulator {
  /** Answers a request; addresses in the answer begin with `front`. */
  answer(request: IncomingMessage, front: string): Promise<EmulatorAnswer>;
  close(): Promise<void>;
}

/** `program`: path of the emulator. */
export async function startEmulator(options: {
  readonly program: string;
  readonly project: string;
  readonly dataset: string;
}): Promise<BigQueryEmulator> {
  const [port, grpc] = [await freePort(), await freePort()];
  const child = spawn(
    options.program,
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
  const origin = `http://127.0.0.1:${port}`;
  const datasets = `${origin}/bigquery/v2/projects/${options.project}/datasets`;
  for (let tries = 0; child.exitCode === null; tries += 1) {
    const ready = await fetch(datasets).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { answer: (request, front) => answer(origin, request, front), close };
    if (tries > 200) break;
    await sleep(100);
  }
  await close();
  throw new Error('bigquery-emulator did not start');
}

async function answer(origin: string, request: IncomingMessage, front: string): Promise<EmulatorAnswer> {
  const path = request.url ?? '/';
  if (/\/datasets\/[^/]+\/routines(\?|$)/.test(path)) return { status: 200, headers: JSON_TYPE, body: '{}' };
  const body = await buffer(request);
  if (request.method === 'POST' && JOB.test(path)) await makeDataset(origin, body);
  const response = await fetch(`${origin}${path}`, {
    method: request.method ?? 'GET',
    headers: forwarded(request),
    ...(body.length > 0 && { body: path.startsWith('/upload/') ? loadJob(body) : new Uint8Array(body) }),
  });
  const location = response.headers.get('location')?.replace(/^https?:\/\/[^/]+/, front);
  const headers = {
    'content-type': response.headers.get('content-type') ?? 'application/json',
    ...(location && { location }),
  };
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers, body: JOB.test(path) ? namedJob(bytes) : bytes };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const JOB = /^\/bigquery\/v2\/projects\/[^/]+\/jobs(\/[^/]+)?(\?|$)/;

/** All headers but those that belong to the connection. */
function forwarded({ headers }: IncomingMessage): Record<string, string> {
  const own = new Set([
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'accept-encoding',
    'expect',
  ]);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (own.has(name) ? [] : [[name, String(value)]])),
  );
}

/** A dataset that a statement is about to make, so that the API knows it too. */
async function makeDataset(origin: string, job: Buffer): Promise<void> {
  const schema = newSchema(JSON.parse(job.toString()).configuration?.query?.query ?? '');
  if (schema === undefined) return;
  const body = JSON.stringify({ datasetReference: schema });
  const url = `${origin}/bigquery/v2/projects/${schema.projectId}/datasets`;
  await fetch(url, { method: 'POST', headers: JSON_TYPE, body });
}

/** The description of a load, with what it leaves to BigQuery filled in; the data of a load as it is. */
function loadJob(body: Buffer): Uint8Array<ArrayBuffer> | string {
  if (!body.toString().startsWith('{"')) return new Uint8Array(body);
  const job = JSON.parse(body.toString());
  const { load } = job.configuration;
  for (const field of load.schema?.fields ?? []) field.type = field.type.toUpperCase();
  load.sourceFormat ??= 'CSV';
  return JSON.stringify(job);
}

/** The description of a job with its statement named. */
function namedJob(bytes: Uint8Array): Uint8Array | string {
  const job = JSON.parse(new TextDecoder().decode(bytes));
  const query = job.configuration?.query;
  if (typeof query?.query !== 'string' || job.statistics?.query === undefined) return bytes;
  const { type, table } = statementOf(query.query);
  job.statistics.query.statementType = type;
  if (table !== undefined) query.destinationTable = table;
  return JSON.stringify(job);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
