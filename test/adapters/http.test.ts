import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HttpFailure, type HttpRequest, sendHttp } from '../../src/adapters/http.ts';
import { Secret } from '../../src/secret.ts';
import { type LoopbackServer, startLoopback } from '../support/loopback.ts';

let server: LoopbackServer;
let url: string;
let seen: IncomingMessage[] = [];
let answer: (response: ServerResponse) => void;
let now = 0;
let slept: number[] = [];
const timing = {
  now: () => now,
  sleep: async (ms: number) => {
    slept.push(ms);
    now += ms;
  },
  random: () => 0.5,
};

beforeAll(async () => {
  server = await startLoopback((request, response) => {
    seen.push(request);
    answer(response);
  });
  url = `${server.url}/path?secret-in-path`;
});
afterAll(() => server.close());
beforeEach(() => {
  seen = [];
  slept = [];
  now = 0;
  answer = (response) => response.end('fine');
});

function send(overrides: Partial<HttpRequest> = {}) {
  return sendHttp({ url, maxBytes: 1000, allowLoopback: true, ...overrides }, timing);
}

async function failureOf(overrides: Partial<HttpRequest>): Promise<HttpFailure> {
  const error = await send(overrides).catch((thrown: unknown) => thrown);
  if (!(error instanceof HttpFailure)) throw new Error('expected an HttpFailure', { cause: error });
  expect(error.message).not.toContain('secret');
  return error;
}

/** Answers with these statuses in turn, then 200. */
function statuses(...list: readonly number[]): void {
  const left = [...list];
  answer = (response) => {
    response.statusCode = left.shift() ?? 200;
    response.end();
  };
}

describe('sendHttp', () => {
  it('sends the request with the bearer and returns status, headers and body', async () => {
    answer = (response) => response.setHeader('x-a', 'b').end('héllo');
    const response = await send({ method: 'POST', body: 'sent', bearer: new Secret('secret') });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-a')).toBe('b');
    expect(new TextDecoder().decode(response.body)).toBe('héllo');
    expect(seen[0]?.method).toBe('POST');
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'user-agent': 'dbt-passport' });
  });

  it('requires https, except to a loopback address where that is allowed', async () => {
    const refused = [
      'http://example.com/',
      'http://localhost:1/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'x',
    ];
    for (const address of refused) expect((await failureOf({ url: address })).kind).toBe('url');
    expect((await failureOf({ allowLoopback: false })).kind).toBe('url');
    expect((await failureOf({ url: 'https://user:secret@example.com/' })).kind).toBe('url');
    expect(seen).toEqual([]);
  });

  it('returns a redirect as it is', async () => {
    answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end();
    expect((await send()).status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 409, 422])('returns the refusal %i at once', async (status) => {
    statuses(status);
    expect((await send()).status).toBe(status);
    expect(seen).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])('tries %i again after a wait with jitter', async (status) => {
    statuses(status, status);
    expect((await send()).status).toBe(200);
    expect(slept).toEqual([500, 500]);
  });

  it('returns the last answer when every try failed', async () => {
    statuses(503, 500, 502, 500);
    expect((await send()).status).toBe(502);
    expect(seen).toHaveLength(3);
  });

  it('waits as long as Retry-After says, in seconds or to a date', async () => {
    const waits: Record<string, string>[] = [
      { 'retry-after': '3' },
      { date: 'Sun, 22 Nov 2026 05:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 05:00:04 GMT' },
    ];
    answer = (response) => {
      const headers = waits.shift();
      response.writeHead(headers === undefined ? 200 : 429, headers).end();
    };
    expect((await send()).status).toBe(200);
    expect(slept).toEqual([3000, 4000]);
  });

  it('does not wait past the budget', async () => {
    answer = (response) => response.writeHead(429, { 'retry-after': '16' }).end();
    expect((await send()).status).toBe(429);
    expect(seen).toHaveLength(1);
    expect(slept).toEqual([]);
  });

  it('gives up a try after its timeout, and all after the last', async () => {
    answer = () => {};
    const error = await failureOf({ timeoutMs: 400, tries: 2 });
    expect(error.kind).toBe('timeout');
    expect(error.message).toContain('within 400 ms');
    expect(seen).toHaveLength(2);
  });

  it('limits a try to what is left of the budget', async () => {
    answer = () => {};
    expect((await failureOf({ timeoutMs: 60_000, budgetMs: 40 })).message).toContain('within 40 ms');
  });

  it('stops at a body that never ends, by time', async () => {
    answer = (response) => response.write('a');
    expect((await failureOf({ timeoutMs: 40, tries: 1 })).kind).toBe('timeout');
  });

  it('stops at the size limit, counted after decompression', async () => {
    expect((await send({ maxBytes: 4 })).body).toHaveLength(4);
    expect((await failureOf({ maxBytes: 3 })).kind).toBe('size');
    answer = (response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('a'.repeat(100_000)));
    };
    expect((await failureOf({ maxBytes: 5_000 })).kind).toBe('size');
  });

  it('tries a lost connection again and names its cause', async () => {
    answer = (response) => response.destroy();
    const error = await failureOf({});
    expect(error.kind).toBe('network');
    expect(error.message).toMatch(/^no connection to 127\.0\.0\.1:\d+: (UND_ERR_SOCKET|ECONNRESET)$/);
    expect(seen).toHaveLength(3);
  });

  it('never shows a bearer that cannot be sent', async () => {
    for (const bearer of ['secret\nx', 'secret\u{1F511}', 'secret\0']) {
      expect((await failureOf({ bearer: new Secret(bearer) })).kind).toBe('request');
    }
    expect(seen).toEqual([]);
  });
});
