import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SnowflakeRelay, SnowflakeRelayOptions } from '../credentials/broker.ts';
import { SnowflakeSessions } from './snowflake-sessions.ts';
import {
  answer,
  endToEnd,
  readWhole,
  type Upstream,
  upstreamTo,
  type WholeMessage,
} from './snowflake-upstream.ts';

/** Milliseconds for logins that are under way at the end, whose sessions have to be ended as well. */
const LAST_LOGINS_MS = 2_000;

/**
 * The login relay as a server on 127.0.0.1. Three small requests are read, because they begin, renew and end
 * sessions; everything else is streamed both ways as it is.
 */
export const snowflakeRelay: SnowflakeRelay = async (options) => {
  const relay = new Relay(options);
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) =>
    relay.handle(request, response),
  );
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      await relay.end();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
};

class Relay {
  readonly #options: SnowflakeRelayOptions;
  readonly #upstream: Upstream;
  readonly #sessions = new SnowflakeSessions();
  readonly #underWay = new Set<Promise<void>>();
  #over = false;

  constructor(options: SnowflakeRelayOptions) {
    this.#options = options;
    this.#upstream = upstreamTo(options.upstream);
  }

  handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.#over) {
      answer(outgoing, 403, 'the run that this relay of dbt-passport was started for is over');
      return;
    }
    // Whatever the request line holds, only its path and query count: the host is always Snowflake's.
    const { pathname, search } = URL.parse(incoming.url ?? '', 'http://relay') ?? {
      pathname: '/',
      search: '',
    };
    const path = `${pathname}${search}`;
    const watched = this.#watched(pathname, new URLSearchParams(search));
    if (incoming.method !== 'POST' || watched === undefined) {
      this.#upstream.stream(path, incoming, outgoing);
      return;
    }
    const work = watched(path, incoming, outgoing)
      .catch(() => {
        answer(
          outgoing,
          502,
          'dbt-passport has no connection to Snowflake at the moment, or no readable answer',
        );
      })
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Refuses all further requests, then ends the open sessions, those of the last logins too. */
  async end(): Promise<void> {
    this.#over = true;
    const last = Promise.all(this.#underWay);
    await Promise.race([
      last,
      sleep(this.#underWay.size === 0 ? 0 : LAST_LOGINS_MS, undefined, { ref: false }),
    ]);
    await this.#sessions.endAll(this.#upstream);
    this.#upstream.close();
  }

  #watched(pathname: string, query: URLSearchParams): Handler | undefined {
    if (pathname === '/session/v1/login-request') return this.#login;
    if (pathname === '/session/token-request') return this.#renew;
    return pathname === '/session' && query.get('delete') === 'true' ? this.#delete : undefined;
  }

  readonly #login: Handler = async (path, incoming, outgoing) => {
    const login = await this.#options.login(await readWhole(incoming));
    // The token may have come after the end.
    if (this.#over) throw new Error('the run is over');
    if ('refusal' in login) {
      answer(outgoing, 200, login.refusal);
      return;
    }
    const url = new URL(path, 'http://relay');
    url.searchParams.set('roleName', this.#options.role);
    const reply = await this.#exchange(`${url.pathname}${url.search}`, incoming, login.body.reveal());
    this.#opened('login', '', reply.text);
    pass(outgoing, { ...reply, text: withNote(reply.text, this.#options.refusalNote) });
  };

  readonly #renew: Handler = async (path, incoming, outgoing) => {
    const body = await readWhole(incoming);
    const reply = await this.#exchange(path, incoming, body);
    this.#opened('renewal', oldToken(body), reply.text);
    pass(outgoing, reply);
  };

  readonly #delete: Handler = async (path, incoming, outgoing) => {
    const reply = await this.#exchange(path, incoming, await readWhole(incoming));
    this.#sessions.ended(bearerOf(incoming), reply.text);
    pass(outgoing, reply);
  };

  #exchange(path: string, incoming: IncomingMessage, body: string): Promise<WholeMessage> {
    return this.#upstream.exchange(path, endToEnd(incoming.headers, 'content-encoding'), body);
  }

  #opened(how: 'login' | 'renewal', replaced: string, reply: string): void {
    const session = this.#sessions.add(how, replaced, reply);
    if (session !== undefined) this.#options.opened(session);
  }
}

type Handler = (path: string, incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

function pass(outgoing: ServerResponse, { status, headers, text }: WholeMessage): void {
  const body = Buffer.from(text);
  outgoing.writeHead(status, {
    ...endToEnd(headers, 'content-encoding'),
    'content-length': body.length,
  });
  outgoing.end(body);
}

function withNote(reply: string, note: string): string {
  try {
    const body: unknown = JSON.parse(reply);
    const { success, message } = Object(body);
    return success === false
      ? JSON.stringify({ ...Object(body), message: `${message ?? ''} ${note}` })
      : reply;
  } catch {
    return reply;
  }
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Snowflake Token="([^"]*)"$/.exec(headers.authorization ?? '')?.[1] ?? '';
}

function oldToken(body: string): string {
  try {
    return String(Object(JSON.parse(body))['oldSessionToken'] ?? '');
  } catch {
    return '';
  }
}
