/** The clients of a broker in a thread of their own, as dbt's are in a process of their own: gives each answer's time. */
import { request } from 'node:http';
import { parentPort, Worker, workerData } from 'node:worker_threads';

export interface Load {
  readonly url: string;
  readonly authorization: string;
  /** Clients that ask at the same time, each again when it is answered. */
  readonly clients: number;
  readonly requests: number;
}

/** Milliseconds of each request, in ascending order. */
export function timesUnder(load: Load): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: load });
    worker.once('message', (times: number[]) => resolve(times.sort((left, right) => left - right)));
    worker.once('error', reject);
  });
}

function ask({ url, authorization }: Load): Promise<number> {
  const started = performance.now();
  return new Promise((done, fail) => {
    const sent = request(url, { headers: { authorization }, agent: false }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) done(performance.now() - started);
        else fail(new Error(`the broker answered ${response.statusCode}`));
      });
    });
    sent.on('error', fail);
    sent.end();
  });
}

async function work(load: Load): Promise<readonly number[]> {
  const times: number[] = [];
  let left = load.requests;
  const client = async () => {
    while (left-- > 0) times.push(await ask(load));
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  return times;
}

if (parentPort !== null) parentPort.postMessage(await work(workerData as Load));
