import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as sendHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as sendHttps } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Bytes of a login request or its reply; both have a few thousand. */
const MAX_BYTES = 1_048_576;
/** Snowflake answers within 45 s, if only with "still running". */
const SILENCE_MS = 300_000;
/** Headers of one connection, not of the message (RFC 9110, section 7.6.1), and those that the next hop sets itself. */
const HOP = new Set(
  'connection host keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade expect'.split(
    ' ',
  ),
);

/** A message that was read to its end, decoded. */
export interface WholeMessage {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The one host that the relay talks to. */
export interface Upstream {
  /** Passes a request and its answer through as they are, without holding either. */
  stream(path: string, incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** Sends a small request and reads the whole answer. */
  exchange(path: string, headers: OutgoingHttpHeaders, body: string): Promise<WholeMessage>;
  close(): void;
}

export function upstreamTo(origin: string): Upstream {
  const secure = new URL(origin).protocol === 'https:';
  const options = { keepAlive: true, maxSockets: 512 };
  const agent = secure ? new HttpsAgent({ ...options, ...proxy() }) : new HttpAgent(options);
  // The path is an option of its own, so that nothing in it can become a part of the host.
  const open = (path: string, method: string, headers: OutgoingHttpHeaders): ClientRequest => {
    const request = (secure ? sendHttps : sendHttp)(new URL(origin), { path, method, headers, agent });
    return request.setTimeout(SILENCE_MS, () => request.destroy(new Error('no answer in time')));
  };
  return {
    stream: (path, incoming, outgoing) => {
      const request = open(path, incoming.method ?? 'GET', {
        ...endToEnd(incoming.headers),
        // Else the body of a GET would go out with nothing around it, and could be read as the next request.
        ...(incoming.headers['transfer-encoding'] && { 'transfer-encoding': 'chunked' }),
      });
      outgoing.on('close', () => request.destroy());
      request.on('error', () => answerUnreachable(outgoing));
      request.on('response', (response) => {
        outgoing.writeHead(statusOf(response), endToEnd(response.headers));
        response.on('error', () => outgoing.destroy());
        response.pipe(outgoing);
      });
      incoming.pipe(request);
    },
    exchange: (path, headers, body) =>
      new Promise((done, fail) => {
        const bytes = Buffer.from(body);
        const request = open(path, 'POST', {
          ...headers,
          'accept-encoding': 'identity',
          'content-length': bytes.length,
        });
        request.on('error', fail);
        request.on('response', (response) => {
          readWhole(response).then(
            (text) => done({ status: statusOf(response), headers: response.headers, text }),
            fail,
          );
        });
        request.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}

/** A status that Node would not send on, such as 099, is no answer. */
function statusOf({ statusCode = 0 }: IncomingMessage): number {
  return statusCode >= 200 ? statusCode : 502;
}

/** Node asks a proxy only where the runner's own requests do. */
function proxy(): { proxyEnv?: NodeJS.ProcessEnv } {
  return process.env['NODE_USE_ENV_PROXY'] === '1' ? { proxyEnv: process.env } : {};
}

/** The headers that belong to the message; `drop` names further ones to leave out. */
export function endToEnd(headers: IncomingHttpHeaders, ...drop: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP.has(name) && !drop.includes(name)),
  );
}

/** The text of a small message, gzip undone. Rejects one that is larger than any login. */
export async function readWhole(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('the message is too large');
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (message.headers['content-encoding'] !== 'gzip') return bytes.toString('utf8');
  return (await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES })).toString('utf8');
}

/** 502 is what drivers try again. */
function answerUnreachable(outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.destroy();
  else answer(outgoing, 502, 'dbt-passport has no connection to Snowflake at the moment');
}

/** An answer of the relay's own in Snowflake's shape, so that a driver shows the words. The code must be digits. */
export function answer(outgoing: ServerResponse, status: number, message: string, code = '390100'): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const body = JSON.stringify({ data: null, code, message, success: false });
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  outgoing.end(body);
}
