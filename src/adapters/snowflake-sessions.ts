import { setTimeout as sleep } from 'node:timers/promises';
import type { SnowflakeSession } from '../credentials/broker.ts';
import { Secret } from '../secret.ts';
import type { Upstream } from './snowflake-upstream.ts';

/** Milliseconds for ending all sessions: a step that is over waits no longer. */
const PATIENCE_MS = 5_000;
/** Seconds; more is no life that Snowflake gives, and the end of it may be no date. */
const LONGEST_LIFE = 1e9;
const SESSION_EXPIRED = '390112';
const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

interface OpenSession {
  readonly id: string;
  readonly token: string;
  readonly master: string;
}

/** The sessions that drivers have opened and not closed, by their token. */
export class SnowflakeSessions {
  readonly #open = new Map<string, OpenSession>();

  /** Reads the reply of a login or a renewal. @returns undefined when it opened nothing */
  add(how: SnowflakeSession['how'], replaced: string, reply: string): SnowflakeSession | undefined {
    const { success, data } = readReply(reply);
    const token = text(data['token'] ?? data['sessionToken']);
    if (success !== true || token === '') return undefined;
    const before = this.#open.get(replaced);
    const master = text(data['masterToken']) || (before?.master ?? '');
    const id = digits(data['sessionId']) || (before?.id ?? '');
    this.#open.delete(replaced);
    this.#open.set(token, { id, token, master });
    const seconds = Number(data['validityInSeconds'] ?? data['validityInSecondsST'] ?? 0);
    const life = seconds > 0 && seconds < LONGEST_LIFE ? seconds : 0;
    return { id, how, seconds: life, tokens: [token, master].filter(Boolean).map((one) => new Secret(one)) };
  }

  /** A driver asked to end the session; the reply says whether that worked. */
  ended(token: string, reply: string): void {
    if (readReply(reply).success === true) this.#open.delete(token);
  }

  /** Ends what is still open. Never throws, and does not take long. */
  async endAll(upstream: Upstream): Promise<void> {
    const left = [...this.#open.values()];
    this.#open.clear();
    const ending = Promise.allSettled(left.map((session) => end(session, upstream)));
    await Promise.race([ending, sleep(left.length === 0 ? 0 : PATIENCE_MS, undefined, { ref: false })]);
  }
}

/** A session whose token has expired is alive by its master token, so it is renewed in order to be ended. */
async function end(session: OpenSession, upstream: Upstream): Promise<void> {
  if (readReply(await endWith(session.token, upstream)).code !== SESSION_EXPIRED) return;
  const renewal = JSON.stringify({ oldSessionToken: session.token, requestType: 'RENEW' });
  const headers = { ...HEADERS, authorization: snowflakeToken(session.master) };
  const { text: reply } = await upstream.exchange('/session/token-request', headers, renewal);
  const token = text(readReply(reply).data['sessionToken']);
  if (token !== '') await endWith(token, upstream);
}

async function endWith(token: string, upstream: Upstream): Promise<string> {
  const headers = { ...HEADERS, authorization: snowflakeToken(token) };
  return (await upstream.exchange('/session?delete=true', headers, '{}')).text;
}

function snowflakeToken(token: string): string {
  return `Snowflake Token="${token}"`;
}

function readReply(reply: string): {
  readonly success: unknown;
  readonly code: unknown;
  readonly data: Readonly<Record<string, unknown>>;
} {
  try {
    const { success, code, data } = Object(JSON.parse(reply));
    return { success, code, data: Object(data) };
  } catch {
    return { success: false, code: '', data: {} };
  }
}

/** Session ids are numbers; anything else has no place in a record. */
function digits(value: unknown): string {
  return /^[0-9]{1,40}$/.test(text(value)) ? text(value) : '';
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
