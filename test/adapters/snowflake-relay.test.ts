import { createHash, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { snowflakeRelay } from '../../src/adapters/snowflake-relay.ts';
import type { SnowflakeRelayOptions, SnowflakeSession } from '../../src/credentials/broker.ts';
import { Secret } from '../../src/secret.ts';
import { startLoopback } from '../support/loopback.ts';

type Closing = { close(): Promise<void> };
const open: Closing[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A server in Snowflake's place that remembers what came, and a relay before it. */
async function start(
  reply: (seen: Seen, response: ServerResponse) => void = (_, response) => response.end('{}'),
  change: Partial<SnowflakeRelayOptions> = {},
) {
  const seen: Seen[] = [];
  const opened: SnowflakeSession[] = [];
  const upstream = await startLoopback(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const one = { method, url, headers, body: await buffer(incoming) };
    seen.push(one);
    reply(one, response);
  });
  open.push(upstream);
  const relay = await snowflakeRelay({
    upstream: upstream.url,
    role: 'transformer',
    refusalNote: '(and why)',
    login: async (body) => ({ body: new Secret(body.replace('placeholder', 'fresh')) }),
    opened: (session) => opened.push(session),
    ...change,
  });
  open.push(relay);
  return { seen, opened, relay, upstream, url: `http://127.0.0.1:${relay.port}` };
}

const json = (response: ServerResponse, body: unknown) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const LOGIN = '/session/v1/login-request?request_id=1&roleName=ACCOUNTADMIN&warehouse=W';
const ACCEPTED = {
  success: true,
  data: { token: 'session-1', masterToken: 'master-1', sessionId: 4711, validityInSeconds: 3600 },
};
const logIn = (url: string, body: string | Uint8Array<ArrayBuffer> = 'placeholder', headers = {}) =>
  fetch(`${url}${LOGIN}`, { method: 'POST', body, headers });

describe('a login at the relay', () => {
  it('carries what the run gives, with the role of the grant', async () => {
    const { seen, opened, url } = await start((_, response) => json(response, ACCEPTED));
    const gzipped = gzipSync('{"data":{"TOKEN":"placeholder"}}');
    const answer = await logIn(url, gzipped, { 'content-encoding': 'gzip', accept: 'application/snowflake' });
    expect(await answer.json()).toEqual(ACCEPTED);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.body.toString()).toBe('{"data":{"TOKEN":"fresh"}}');
    expect(seen[0]?.headers).toMatchObject({ accept: 'application/snowflake' });
    expect(seen[0]?.headers).not.toHaveProperty('content-encoding');
    const query = new URL(seen[0]?.url ?? '', url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ request_id: '1', roleName: 'transformer', warehouse: 'W' });
    expect(opened).toMatchObject([{ id: '4711', how: 'login', seconds: 3600 }]);
    expect(opened[0]?.tokens.map((token) => token.reveal())).toEqual(['session-1', 'master-1']);
    expect(inspect(opened)).not.toContain('session-1');
  });

  it('is refused in the shape that drivers read, and Snowflake is not asked', async () => {
    const { seen, opened, url } = await start(undefined, {
      login: async () => ({ refusal: 'no token: why' }),
    });
    const answer = await logIn(url);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      data: null,
      code: '390100',
      message: 'no token: why',
      success: false,
    });
    expect([seen, opened]).toEqual([[], []]);
  });

  it('shows what Snowflake says of it, compressed or not', async () => {
    const refusal = { success: false, code: '394729', message: 'Received sub: repo:a', data: null };
    const { opened, url } = await start((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(refusal)));
    });
    expect(await (await logIn(url)).json()).toEqual({
      ...refusal,
      message: 'Received sub: repo:a (and why)',
    });
    expect(opened).toEqual([]);
  });

  it('fails as a passing fault when Snowflake cannot be reached or is not understood', async () => {
    const { url, upstream } = await start((_, response) => response.destroy());
    expect((await logIn(url)).status).toBe(502);
    await upstream.close();
    open.shift();
    const answer = await logIn(url);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({
      success: false,
      message: expect.stringContaining('no connection'),
    });
  });

  it('is read up to a limit, and a bomb is not unpacked', async () => {
    const { seen, url } = await start();
    expect((await logIn(url, Buffer.alloc(2_000_000, 'x'))).status).toBe(502);
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect((await logIn(url, bomb, { 'content-encoding': 'gzip' })).status).toBe(502);
    expect(seen).toEqual([]);
  });
});

describe('everything else at the relay', () => {
  it('is streamed as it is, both ways, to the one host', async () => {
    const answerBytes = gzipSync(randomBytes(200_000));
    const { seen, url } = await start((_, response) => {
      response.writeHead(202, { 'content-encoding': 'gzip', 'x-request': 'a' }).end(answerBytes);
    });
    const body = randomBytes(300_000);
    const answer = await raw(`${url}/queries/v1/query-request?requestId=2`, {
      method: 'POST',
      headers: {
        authorization: 'Snowflake Token="s"',
        'content-encoding': 'gzip',
        connection: 'x-hop',
        host: 'evil',
      },
      body,
    });
    expect([answer.status, answer.headers['x-request']]).toEqual([202, 'a']);
    expect(answer.body.equals(answerBytes)).toBe(true);
    expect(seen[0]?.body.equals(body)).toBe(true);
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Snowflake Token="s"',
      'content-encoding': 'gzip',
    });
    expect(seen[0]?.headers.host).toMatch(/^127\.0\.0\.1:/);
  });

  it.each([
    ['http://elsewhere.example/queries/v1/x', '/queries/v1/x'],
    ['//elsewhere.example/queries/v1/x', '/queries/v1/x'],
    ['/session/../queries?a=%2e', '/queries?a=%2e'],
    ['//', '/'],
  ])('E11: goes nowhere else for %s', async (path, expected) => {
    const { seen, url } = await start();
    await raw(url, { method: 'GET', path });
    expect(seen.map((one) => one.url)).toEqual([expected]);
  });

  it('E11: is one request for one, also when the body of a GET looks like another', async () => {
    const { seen, url } = await start();
    const { port } = new URL(url);
    const second = 'GET /smuggled HTTP/1.1\r\nhost: elsewhere.example\r\n\r\n';
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET /first HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n` +
        `${second.length.toString(16)}\r\n${second}\r\n0\r\n\r\n`,
    );
    await buffer(socket);
    expect(seen.map((one) => [one.url, one.body.toString()])).toEqual([['/first', second]]);
  });

  it('outlives an answer that cannot be sent on', async () => {
    const { url } = await start((_, response) => {
      response.socket?.end('HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n');
    });
    expect((await raw(`${url}/queries`, { method: 'GET' })).status).toBe(502);
    expect((await logIn(url)).status).toBe(502);
  });

  it('waits for the reader: memory does not hold what is not read', async () => {
    const chunk = randomBytes(1_000_000);
    let written = 0;
    const { url } = await start((_, response) => {
      const write = () => {
        while (written < 200 && response.write(chunk)) written += 1;
        written += 1;
        if (written < 200) response.once('drain', write);
        else response.end();
      };
      write();
    });
    const stalled = await new Promise<IncomingMessage>((done) => {
      request(`${url}/big`).on('response', done).end();
    });
    await sleep(500);
    expect(written).toBeLessThan(50);
    stalled.destroy();
  });

  it('survives 1,000 requests at once', async () => {
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    const { seen, url } = await start((one, response) => {
      setTimeout(() => response.end(digest(one.body.toString())), 20);
    });
    const agent = new Agent({ maxSockets: 1000 });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        raw(`${url}/queries/v1/${index}`, { method: 'POST', body: Buffer.from(`body ${index}`), agent }),
      ),
    );
    agent.destroy();
    expect(seen).toHaveLength(1000);
    expect(answers.every(({ body }, index) => body.toString() === digest(`body ${index}`))).toBe(true);
  });
});

it('E11: listens on 127.0.0.1 alone', async () => {
  const { relay, url } = await start();
  expect((await fetch(`${url}/queries`)).status).toBe(200);
  for (const host of ['127.0.0.2', '[::1]'])
    await expect(fetch(`http://${host}:${relay.port}/queries`), host).rejects.toThrow();
});

describe('sessions at the end of the relay', () => {
  const authorization = (token: string) => ({ authorization: `Snowflake Token="${token}"` });
  const deletions = (seen: readonly Seen[]) =>
    seen.filter(({ url }) => url === '/session?delete=true').map(({ headers }) => headers.authorization);

  it('are ended when a driver left them open, by their latest token', async () => {
    const { seen, opened, relay, url } = await start((one, response) => {
      const renewed = { sessionToken: 'session-2', masterToken: 'master-2', validityInSecondsST: 60 };
      json(response, one.url.startsWith('/session/token') ? { success: true, data: renewed } : ACCEPTED);
    });
    await logIn(url);
    const old = JSON.stringify({ oldSessionToken: 'session-1', requestType: 'RENEW' });
    const headers = authorization('master-1');
    await fetch(`${url}/session/token-request?requestId=3`, { method: 'POST', headers, body: old });
    expect(opened[1]).toMatchObject({ id: '4711', how: 'renewal', seconds: 60 });
    await relay.close();
    expect(deletions(seen)).toEqual(['Snowflake Token="session-2"']);
  });

  it('are renewed to be ended when their token has expired', async () => {
    const { seen, relay, url } = await start((one, response) => {
      if (one.url.startsWith('/session/token'))
        return json(response, { success: true, data: { sessionToken: 'session-9' } });
      const expired = one.headers.authorization === 'Snowflake Token="session-1"';
      return json(response, expired ? { success: false, code: '390112' } : ACCEPTED);
    });
    await logIn(url);
    await relay.close();
    expect(deletions(seen)).toEqual(['Snowflake Token="session-1"', 'Snowflake Token="session-9"']);
  });

  it('are left alone when the driver ended them, and not when that failed', async () => {
    let works = false;
    const { seen, relay, url } = await start((one, response) =>
      json(
        response,
        one.url.startsWith('/session?') && !works ? { success: false, code: '390111' } : ACCEPTED,
      ),
    );
    await logIn(url);
    const end = () =>
      fetch(`${url}/session?delete=true`, {
        method: 'POST',
        headers: authorization('session-1'),
        body: '{}',
      });
    await end();
    works = true;
    await relay.close();
    expect(deletions(seen)).toHaveLength(2);
  });

  it('are ended alone: all else that still comes is refused, and Snowflake is not asked', async () => {
    let late: Promise<number> | undefined;
    const { seen, relay, url } = await start((one, response) => {
      const accept = () => json(response, ACCEPTED);
      if (one.url === '/session?delete=true') {
        late = fetch(`${url}/queries`, { method: 'POST', body: '{}' }).then(({ status }) => status);
        void late.then(accept);
      } else accept();
    });
    await logIn(url);
    await relay.close();
    expect(await late).toBe(403);
    expect(seen.map(({ url: path }) => path)).not.toContain('/queries');
  });

  it('do not keep the step waiting when Snowflake is gone, and nothing is answered any more', async () => {
    const { relay, upstream, url } = await start((_, response) => json(response, ACCEPTED));
    await logIn(url);
    await upstream.close();
    open.shift();
    await relay.close();
    open.pop();
    await expect(fetch(`${url}/queries`)).rejects.toThrow();
  });

  it('are ended also when their login was under way', async () => {
    let asked = () => {};
    const underWay = new Promise<void>((done) => {
      asked = done;
    });
    const { seen, opened, relay, url } = await start((one, response) => {
      asked();
      setTimeout(() => json(response, ACCEPTED), one.url.startsWith('/session/v1') ? 200 : 0);
    });
    const login = logIn(url).catch(() => undefined);
    await underWay;
    await relay.close();
    open.pop();
    await login;
    expect(opened).toMatchObject([{ id: '4711' }]);
    expect(deletions(seen)).toEqual(['Snowflake Token="session-1"']);
  });

  it('are not begun by a token that comes after the end', async () => {
    let give = () => {};
    const late = new Promise<void>((done) => {
      give = done;
    });
    const { seen, relay, url } = await start(undefined, {
      login: async () => {
        await late;
        return { body: new Secret('fresh') };
      },
    });
    const login = logIn(url).catch(() => undefined);
    await sleep(50);
    const closing = relay.close();
    give();
    await closing;
    open.pop();
    await login;
    expect(seen).toEqual([]);
  });

  it('have an id of digits and a life of seconds in the record, whatever the answer holds', async () => {
    const data = { token: 's', sessionId: '<b>4711\u0007', validityInSeconds: 1e300 };
    const { opened, url } = await start((_, response) => json(response, { success: true, data }));
    await logIn(url);
    expect(opened).toMatchObject([{ id: '', seconds: 0 }]);
  });
});

interface RawRequest {
  readonly method: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  readonly agent?: Agent;
}

/** A request that no library has tidied up. */
function raw(url: string, { method, path, headers = {}, body, agent }: RawRequest) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((done, fail) => {
    const outgoing = request(url, {
      ...{ method, headers, setHost: headers['host'] === undefined },
      ...(path !== undefined && { path }),
      ...(agent && { agent }),
    });
    outgoing.on('error', fail).on('response', (response) => {
      buffer(response).then(
        (bytes) => done({ status: response.statusCode ?? 0, headers: response.headers, body: bytes }),
        fail,
      );
    });
    outgoing.end(body);
  });
}
