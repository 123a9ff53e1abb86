import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BrokerServer, startBroker } from '../../src/adapters/broker.ts';
import type { BrokerAddress } from '../../src/credentials/broker.ts';
import type { Issued } from '../../src/credentials/issued.ts';
import { leaseOf } from '../../src/credentials/lease.ts';
import { Secret } from '../../src/secret.ts';

const SECRET = 'AKIA-the-credential';
const credential = async () => ({ status: 200 as const, body: new Secret(SECRET) });

interface Change {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request as a client of the route sends it, with something changed. */
function ask(
  address: BrokerAddress,
  change: Change = {},
): Promise<{ status: number; text: string; headers: object }> {
  const url = new URL(change.path ?? '', address.url);
  const headers = { authorization: address.authorization.reveal(), ...change.headers };
  return new Promise((done, fail) => {
    const sent = httpRequest(url, { method: change.method ?? 'GET', headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, text, headers: response.headers }));
      response.on('error', fail);
    });
    sent.on('error', fail);
    sent.end(change.body);
  });
}

/** The code of the error of a connection attempt, or `open`. */
function connection(host: string, port: number): Promise<string> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: 2_000 }, () => socket.destroy() && done('open'));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'));
    socket.on('timeout', () => socket.destroy() && done('timeout'));
  });
}

describe('startBroker', () => {
  let broker: BrokerServer;
  beforeEach(() => {
    broker = startBroker();
  });
  afterEach(() => broker.close());

  it('answers with the credential, and forbids to keep it', async () => {
    const { status, text, headers } = await ask(await broker.serve(credential));
    expect([status, text]).toEqual([200, SECRET]);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('gives each route a path and an authorization of its own, of 256 random bits each', async () => {
    const [one, other] = [await broker.serve(credential), await broker.serve(credential)];
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+\/[0-9a-f]{64}$/);
    expect(one.authorization.reveal()).toMatch(/^Bearer [0-9a-f]{64}$/);
    expect(other.url).not.toBe(one.url);
    expect((await ask({ ...one, authorization: other.authorization })).status).toBe(401);
    await ask(other);
    expect(broker.handedOut()).toEqual([0, 1]);
  });

  it.each<[string, number, Change]>([
    ['another bearer', 401, { headers: { authorization: `Bearer ${'0'.repeat(64)}` } }],
    ['an empty authorization', 401, { headers: { authorization: '' } }],
    ['another path', 404, { path: `/${'0'.repeat(64)}` }],
    ['the root', 404, { path: '/' }],
    ['a query', 404, { path: '?x=1' }],
    ['POST', 405, { method: 'POST' }],
    ['HEAD', 405, { method: 'HEAD' }],
    ['the preflight of a browser', 405, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } }],
    ['another name of the host', 421, { headers: { host: 'rebound.evil.example' } }],
    ['localhost as the host', 421, { headers: { host: 'localhost' } }],
    ['a large header', 431, { headers: { 'x-large': 'x'.repeat(20_000) } }],
  ])('refuses %s with %i', async (_title, expected, change) => {
    const address = await broker.serve(credential);
    const { status, text } = await ask(address, change);
    expect(status).toBe(expected);
    expect(text).not.toContain(SECRET);
    expect(broker.handedOut()).toEqual([0]);
  });

  it('stops reading a large body', async () => {
    const address = await broker.serve(credential, 'oauth');
    // The answer may get lost when the client is still sending.
    const lost = { status: 413, text: '' };
    const { status, text } = await ask(address, { method: 'POST', body: 'x'.repeat(200_000) }).catch(
      () => lost,
    );
    expect([status, broker.handedOut()]).toEqual([413, [0]]);
    expect(text).not.toContain(SECRET);
  });

  it('is a token endpoint for an OAuth client: POST with HTTP Basic', async () => {
    const address = await broker.serve(credential, 'oauth');
    const basic = Buffer.from(address.authorization.reveal().replace(/^Basic /, ''), 'base64').toString();
    expect(basic).toMatch(/^dbt:[0-9a-f]{64}$/);
    const form = { method: 'POST', body: 'grant_type=client_credentials' };
    expect((await ask(address, form)).text).toBe(SECRET);
    expect((await ask(address)).status).toBe(405);
    expect((await ask(address, { ...form, headers: { authorization: 'Basic ZGJ0Og==' } })).status).toBe(401);
  });

  it('passes an explanation on as 403', async () => {
    const address = await broker.serve(async () => ({ status: 403, body: '{"message":"the role needs …"}' }));
    expect(await ask(address)).toMatchObject({ status: 403, text: '{"message":"the role needs …"}' });
    expect(broker.handedOut()).toEqual([0]);
  });

  it('answers 500 without details when the route throws', async () => {
    const address = await broker.serve(() => Promise.reject(new Error(`failed with ${SECRET}`)));
    const { status, text } = await ask(address);
    expect([status, text]).toEqual([500, '{"message":"dbt-passport: no credential could be had"}']);
  });

  it('survives a client that goes away in the middle of its request', async () => {
    const address = await broker.serve(credential, 'oauth');
    const { port, pathname } = new URL(address.url);
    const head = `POST ${pathname} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 9\r\nauthorization: ${address.authorization.reveal()}\r\n\r\nx`;
    await new Promise<void>((done) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(head, () => socket.destroy() && done()),
      );
    });
    await sleep(50);
    expect((await ask(address, { method: 'POST' })).status).toBe(200);
  });

  it('answers 1,000 requests at once with one mint', async () => {
    let mints = 0;
    const lease = leaseOf<string>(
      async () => {
        mints += 1;
        await sleep(100);
        return { value: SECRET, expiresAt: new Date(Date.now() + 60_000) } as Issued<string>;
      },
      { now: () => new Date() },
    );
    const address = await broker.serve(async () => ({ status: 200, body: (await lease.current()).value }));
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask(address)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set([`200 ${SECRET}`]),
    );
    expect([mints, ...broker.handedOut()]).toEqual([1, 1_000]);
  });

  it('listens on 127.0.0.1 alone', async () => {
    const port = Number(new URL((await broker.serve(credential)).url).port);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ address, scopeid }) => address !== '127.0.0.1' && !scopeid)
      .map(({ address }) => address);
    expect(await connection('127.0.0.1', port)).toBe('open');
    for (const host of new Set([...others, '127.0.0.2']))
      expect([host, await connection(host, port)]).not.toContain('open');
  });
});

describe('after close', () => {
  it('the port is free, no route is opened, and closing again is fine', async () => {
    const broker = startBroker();
    const { url } = await broker.serve(credential);
    await broker.close();
    expect(await connection('127.0.0.1', Number(new URL(url).port))).toBe('ECONNREFUSED');
    await expect(broker.serve(credential)).rejects.toThrow();
    await broker.close();
  });

  it('needs no route to be closed', async () => {
    await expect(startBroker().close()).resolves.toBeUndefined();
  });

  it('answers a request in flight with 503, and never with the credential', async () => {
    const broker = startBroker();
    const { promise, resolve } = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const address = await broker.serve(async () => {
      entered.resolve();
      await promise;
      return credential();
    });
    const answer = ask(address);
    await entered.promise;
    await broker.close();
    expect(await answer).toMatchObject({ status: 503, text: '{"message":"dbt-passport: the run is over"}' });
    resolve();
    await sleep(20);
    expect(broker.handedOut()).toEqual([0]);
  });

  it('does not wait for a client that never sends or reads', async () => {
    const broker = startBroker();
    const port = Number(new URL((await broker.serve(credential)).url).port);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((done) => socket.once('connect', done));
    socket.write('GET / HTTP/1.1\r\n');
    const started = performance.now();
    await broker.close();
    expect(performance.now() - started).toBeLessThan(3_000);
    socket.destroy();
  });
});
