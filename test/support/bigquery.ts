/**
 * BigQuery on 127.0.0.1: crucible behind a front that asks for an access token of `google`, alive and of a principal with
 * access.
 *
 * What it cannot prove: who may use which dataset is no more than `readers` here. What crucible cannot do stands in
 * crucible.ts.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CrucibleAnswer, startCrucible } from './crucible.ts';
import type { Google } from './google.ts';
import { startLoopback } from './loopback.ts';

const SCOPES = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/cloud-platform'];

export interface BigQueryRequest {
  readonly method: string;
  readonly path: string;
  /** The bearer as it came. */
  readonly token: string;
  /** As answered by the front or, behind it, by crucible. */
  readonly status: number;
  /** When it was answered, in epoch milliseconds. */
  readonly at: number;
}

export interface BigQuery {
  /** `api_endpoint` of clients. */
  readonly url: string;
  /** Every request, oldest first. */
  readonly requests: BigQueryRequest[];
  /** Milliseconds that each answer waits from now on. */
  setDelay(ms: number): void;
  close(): Promise<void>;
}

export async function startBigQuery(options: {
  readonly google: Pick<Google, 'principalOf'>;
  readonly project: string;
  readonly dataset: string;
  /** Members that may use the project. */
  readonly readers: readonly string[];
  readonly presented?: (secret: string) => Promise<void>;
}): Promise<BigQuery> {
  // Started by the first request that it must answer: where everybody is refused, it has nothing to do.
  let crucible: ReturnType<typeof startCrucible> | undefined;
  const answer = async (request: IncomingMessage) => {
    crucible ??= startCrucible(options.project, options.dataset);
    return await (await crucible).answer(request);
  };
  const requests: BigQueryRequest[] = [];
  let delay = 0;
  const server = await startLoopback(async (request, response) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    await options.presented?.(token);
    const refused = refusal(options.google.principalOf(request.headers.authorization), options.readers);
    const { status, headers, body } = refused ?? (await answer(request));
    await sleep(delay);
    const path = request.url?.split('?')[0] ?? '';
    requests.push({ method: request.method ?? '', path, token, status, at: Date.now() });
    response.writeHead(status, headers);
    response.end(body);
  });
  return {
    url: server.url,
    requests,
    setDelay: (ms) => {
      delay = ms;
    },
    close: async () => {
      await Promise.all([server.close(), crucible?.then(({ close }) => close())]);
    },
  };
}

function refusal(
  principal: ReturnType<Google['principalOf']>,
  readers: readonly string[],
): CrucibleAnswer | undefined {
  if (principal === undefined) return denied(401, 'Request had invalid authentication credentials.');
  if (!principal.scopes.some((scope) => SCOPES.includes(scope)))
    return denied(403, 'Request had insufficient authentication scopes.');
  if (!principal.members.some((name) => readers.includes(name)))
    return denied(403, 'Access Denied: User does not have bigquery.jobs.create permission');
  return undefined;
}

function denied(code: number, message: string): CrucibleAnswer {
  const error = { code, message, errors: [{ reason: code === 401 ? 'authError' : 'accessDenied', message }] };
  return {
    status: code,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error }),
  };
}
