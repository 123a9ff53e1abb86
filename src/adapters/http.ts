import { setTimeout as timer } from 'node:timers/promises';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';

/** One request of an adapter, with its limits. */
export interface HttpRequest {
  readonly url: string | URL;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `Authorization: Bearer …`, to this URL's host only. */
  readonly bearer?: Secret;
  readonly body?: string;
  /** Bytes of the decoded response that are accepted. */
  readonly maxBytes: number;
  /** Whether http:// to 127.0.0.1 or [::1] is allowed; for tests and the demo. */
  readonly allowLoopback: boolean;
  /** Milliseconds for one try; 5,000 when not given. */
  readonly timeoutMs?: number;
  /** Milliseconds for all tries and waits together; 15,000 when not given. */
  readonly budgetMs?: number;
  /** Tries in all; 3 when not given. */
  readonly tries?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Time and chance, so that tests need not wait. */
export interface HttpTiming {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

export const REAL_TIMING: HttpTiming = {
  now: () => performance.now(),
  sleep: (ms) => timer(ms),
  random: () => Math.random(),
};

/** No response could be had. The message names the host and never holds the bearer or the path. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  /** `url`: not allowed; `request`: cannot be sent; `size`: too large; `timeout` and `network`: after all tries. */
  readonly kind: 'url' | 'request' | 'size' | 'timeout' | 'network';

  constructor(kind: HttpFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Sends a request over https without following redirects. Network faults, timeouts, 429 and 5xx are
 * tried again within the budget, after a wait with jitter or as Retry-After says; every other
 * status, a refusal too, is returned at once.
 * @throws HttpFailure when there is no response
 */
export async function sendHttp(
  request: HttpRequest,
  timing: HttpTiming = REAL_TIMING,
): Promise<HttpResponse> {
  const { url, headers } = prepare(request);
  const deadline = timing.now() + (request.budgetMs ?? 15_000);
  for (let left = (request.tries ?? 3) - 1; ; left -= 1) {
    const limit = Math.min(request.timeoutMs ?? 5_000, Math.max(1, deadline - timing.now()));
    const outcome = await attempt(request, url, headers, limit);
    const wait = waitBefore(outcome, timing.random());
    if (wait === undefined || left <= 0 || timing.now() + wait >= deadline) {
      if (outcome instanceof HttpFailure) throw outcome;
      return outcome;
    }
    await timing.sleep(wait);
  }
}

function prepare(request: HttpRequest): { url: URL; headers: Headers } {
  if (!URL.canParse(String(request.url))) throw new HttpFailure('url', 'the address is not a URL');
  const url = new URL(request.url);
  const local = url.protocol === 'http:' && (url.hostname === '127.0.0.1' || url.hostname === '[::1]');
  if (url.protocol !== 'https:' && !(local && request.allowLoopback)) {
    throw new HttpFailure(
      'url',
      `https is required for ${plain(url.host)}; the address has ${plain(url.protocol)}`,
    );
  }
  if (url.username !== '' || url.password !== '')
    throw new HttpFailure('url', 'the address holds a user or password');
  return { url, headers: headersOf(request) };
}

/** The platform's own error for a malformed header quotes its value, which may be the bearer. */
function headersOf({ headers, bearer }: HttpRequest): Headers {
  try {
    const all = new Headers({ 'user-agent': 'dbt-passport', ...headers });
    if (bearer !== undefined) all.set('authorization', `Bearer ${bearer.reveal()}`);
    return all;
  } catch {
    throw new HttpFailure('request', 'a header of the request has characters that cannot be sent');
  }
}

async function attempt(
  request: HttpRequest,
  url: URL,
  headers: Headers,
  limitMs: number,
): Promise<HttpResponse | HttpFailure> {
  const signal = AbortSignal.timeout(Math.ceil(limitMs));
  try {
    const method = request.method ?? 'GET';
    const body = request.body === undefined ? {} : { body: request.body };
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...body });
    const bytes = await readBody(response, request.maxBytes, url.host);
    return { status: response.status, headers: response.headers, body: bytes };
  } catch (error) {
    if (error instanceof HttpFailure) return error;
    if (signal.aborted)
      return new HttpFailure('timeout', `no answer from ${url.host} within ${Math.ceil(limitMs)} ms`);
    return new HttpFailure('network', `no connection to ${url.host}: ${networkCause(error)}`);
  }
}

async function readBody(response: Response, maxBytes: number, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new HttpFailure('size', `the answer of ${host} is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Such as ECONNREFUSED or CERT_HAS_EXPIRED: undici keeps it in `cause.code`. */
function networkCause(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? plain(code, 80) : 'the connection failed';
}

/** Milliseconds to wait before another try; undefined when the outcome is final. */
function waitBefore(outcome: HttpResponse | HttpFailure, random: number): number | undefined {
  const jitter = 250 + 500 * random;
  if (outcome instanceof HttpFailure) {
    return outcome.kind === 'network' || outcome.kind === 'timeout' ? jitter : undefined;
  }
  if (outcome.status !== 429 && outcome.status < 500) return undefined;
  return Math.max(jitter, retryAfter(outcome.headers));
}

/** Retry-After in milliseconds (RFC 9110, section 10.2.3); a date counts from the server's own clock. */
export function retryAfter(headers: Headers): number {
  const text = headers.get('retry-after') ?? '';
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const ms = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
