/**
 * crucible 0.1.0a2, a BigQuery on DuckDB in memory, as a process on a free port of 127.0.0.1. Nothing is put right for it.
 *
 * What it gets wrong, each with an error: DECLARE (so no second build of a dynamic `insert_overwrite` and no later
 * microbatch), GRANT, descriptions by `persist_docs`, a CSV into DATETIME, the list of jobs, `__TABLES__` (so no
 * `docs generate`). Without one: a statement bills and scans 0 bytes, always.
 *
 * What it cannot prove: it knows no token, permission, quota, region or cost. The front in bigquery.ts looks at who asks
 * before a request comes here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './loopback.ts';
import { toolPath } from './tools.ts';

export interface CrucibleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface Crucible {
  /** Answers a request as it came, so that addresses in the answer are those of the host that was asked. */
  answer(request: IncomingMessage): Promise<CrucibleAnswer>;
  close(): Promise<void>;
}

export async function startCrucible(project: string, dataset: string): Promise<Crucible> {
  const port = await freePort();
  const child = spawn(toolPath('crucible'), ['serve', '--dialect', 'bigquery', '--port', String(port)], {
    ...{ stdio: 'ignore', env: {} },
  });
  const ended = once(child, 'exit');
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const datasets = `http://127.0.0.1:${port}/bigquery/v2/projects/${project}/datasets`;
  const body = JSON.stringify({ datasetReference: { projectId: project, datasetId: dataset } });
  const headers = { 'content-type': 'application/json' };
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    const ready = await fetch(datasets, { method: 'POST', headers, body }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { answer: (request) => answer(port, request), close };
    await sleep(100);
  }
  await close();
  throw new Error('crucible did not start');
}

async function answer(port: number, request: IncomingMessage): Promise<CrucibleAnswer> {
  const { method, url: path, headers } = request;
  const onward = send({ host: '127.0.0.1', port, method, path, headers });
  onward.end(await buffer(request));
  const [response]: IncomingMessage[] = await once(onward, 'response');
  if (response === undefined) throw new Error('crucible gave no answer');
  const kept = ['content-type', 'location'].flatMap((name) => {
    const value = response.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(kept),
    body: new Uint8Array(await buffer(response)),
  };
}
