import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Broker, BrokerClient, BrokerRoute } from '../credentials/broker.ts';
import { Secret } from '../secret.ts';

/** The one address it listens on; never a name, which a hosts file could lead elsewhere. */
const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 16_384;
/** dbt has many threads, and each may connect at the same moment. */
const BACKLOG = 4_096;
/** How long the last answers may take to leave. */
const LAST_WORDS_MS = 500;

export interface BrokerServer extends Broker {
  /** Credentials handed out, by route in the order of `serve`. */
  handedOut(): readonly number[];
  /** Ends open requests with 503 and frees the port. Never throws, safe to call twice. */
  close(): Promise<void>;
}

interface Route {
  readonly path: string;
  readonly authorization: Secret;
  readonly method: 'GET' | 'POST';
  readonly answer: BrokerRoute;
  handedOut: number;
}

/** The broker as a server on 127.0.0.1, started with its first route. It writes no log. */
export function startBroker(): BrokerServer {
  const routes: Route[] = [];
  const open = new Set<ServerResponse>();
  let listening: Promise<Server> | undefined;
  let closed = false;

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const found = await find(routes, request);
    if ('status' in found) return found;
    const reply = await found.answer();
    if (!closed && reply.status === 200) found.handedOut += 1;
    return reply;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    open.add(response);
    response.on('close', () => open.delete(response));
    const reply = closed ? CLOSED : await answer(request).catch(() => FAILED);
    send(response, closed ? CLOSED : reply);
  };
  return {
    serve: async (answerOf, client = 'bearer') => {
      listening ??= listen((request, response) => void handle(request, response));
      const { port } = (await listening).address() as AddressInfo;
      if (closed) throw new Error('the broker is closed');
      const route = { ...newAddress(client), answer: answerOf, handedOut: 0 };
      routes.push(route);
      return { url: `http://${HOST}:${port}${route.path}`, authorization: route.authorization };
    },
    handedOut: () => routes.map((route) => route.handedOut),
    close: async () => {
      closed = true;
      const server = await listening?.catch(() => undefined);
      if (server !== undefined) await stop(server, open);
    },
  };
}

function newAddress(client: BrokerClient): Pick<Route, 'path' | 'authorization' | 'method'> {
  const random = () => randomBytes(32).toString('hex');
  const path = `/${random()}`;
  if (client === 'bearer') return { path, authorization: new Secret(`Bearer ${random()}`), method: 'GET' };
  const basic = Buffer.from(`dbt:${random()}`).toString('base64');
  return { path, authorization: new Secret(`Basic ${basic}`), method: 'POST' };
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const limits = { maxHeaderSize: 16_384, headersTimeout: 5_000, requestTimeout: 10_000 };
  const server = createServer(limits, handle);
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ host: HOST, port: 0, backlog: BACKLOG }, done);
  });
  // A run that ends without closing it must not wait for it.
  return server.unref();
}

/** Ends what is open with 503, waits a moment until that is sent, and frees the port. */
async function stop(server: Server, open: ReadonlySet<ServerResponse>): Promise<void> {
  const freed = new Promise<void>((done) => server.close(() => done()));
  for (const response of open) send(response, CLOSED);
  const patience = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS);
  server.closeIdleConnections();
  await freed;
  clearTimeout(patience);
}

interface Reply {
  readonly status: number;
  readonly body: Secret | string;
}
const refusal = (status: number, message: string): Reply => ({
  status,
  body: JSON.stringify({ message: `dbt-passport: ${message}` }),
});
const CLOSED = refusal(503, 'the run is over');
const FAILED = refusal(500, 'no credential could be had');

function send(response: ServerResponse, { status, body }: Reply): void {
  if (response.writableEnded || response.destroyed) return;
  const bytes = Buffer.from(typeof body === 'string' ? body : body.reveal());
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    // A client that comes back after minutes would else meet a connection that is just being closed.
    connection: 'close',
  });
  response.end(bytes);
}

/** The route that a request may have, or why it gets none. */
async function find(routes: readonly Route[], request: IncomingMessage): Promise<Route | Reply> {
  // A page in a browser can be led to this port under another name (DNS rebinding).
  if (request.headers.host !== `${HOST}:${request.socket.localPort}`) return refusal(421, 'wrong host');
  const route = routes.find(({ path }) => same(path, request.url ?? ''));
  if (route === undefined) return refusal(404, 'no such route');
  if (request.method !== route.method) return refusal(405, `only ${route.method} is answered`);
  if (!same(route.authorization.reveal(), request.headers.authorization ?? ''))
    return refusal(401, 'wrong authorization');
  return (await isDrained(request)) ? route : refusal(413, 'the body is too large');
}

/** In constant time, also for texts of different length. */
function same(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

/** Reads the body away; false when it is too large. */
async function isDrained(request: IncomingMessage): Promise<boolean> {
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return false;
  }
  return true;
}
