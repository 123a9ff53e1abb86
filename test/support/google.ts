/**
 * Google STS, IAM Credentials and tokeninfo on 127.0.0.1, as strict as Google: signature, issuer, audience and expiry of
 * the token, the provider's attribute mapping and condition, who may impersonate whom, over which delegates, with
 * which scopes and for how long. Access tokens are known here alone; `principalOf` says whose they are.
 *
 * What it cannot prove: that Google's own texts and codes are as they are here (they follow its documentation and what
 * users report); CEL, in which Google writes mappings and conditions; how long changes of trust take to arrive; TLS.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { accessTokenAnswer } from './google-impersonation.ts';
import type {
  GooglePrincipal,
  GoogleReply,
  GoogleRequest,
  GoogleState,
  GoogleTrust,
} from './google-state.ts';
import { exchangeAnswer } from './google-sts.ts';
import { startLoopback } from './loopback.ts';

export interface Google extends Pick<GoogleState, 'principalOf'> {
  /** All three services. */
  readonly url: string;
  /** Every request, oldest first. */
  readonly requests: GoogleRequest[];
  /** Every access token, oldest first. */
  readonly issued: string[];
  calls(call: GoogleRequest['call']): readonly GoogleRequest[];
  /** What is trusted from now on. */
  trust(trust: GoogleTrust): void;
  /** Answers a call with this instead of the truth; `undefined` brings the truth back. */
  answer(call: GoogleRequest['call'], reply: (() => GoogleReply) | undefined): void;
  close(): Promise<void>;
}

/** `life`: seconds that access tokens live at most; `presented` is awaited with each token that comes in. */
export async function startGoogle(
  trust: GoogleTrust,
  options: { readonly life?: number; readonly presented?: (secret: string) => Promise<void> } = {},
): Promise<Google> {
  const requests: GoogleRequest[] = [];
  const issued = new Map<string, GooglePrincipal>();
  const planned = new Map<string, () => GoogleReply>();
  const state: GoogleState = {
    trust,
    life: options.life ?? 3600,
    issue: (principal, seconds) => {
      const token = `ya29.${randomBytes(90).toString('base64url')}`;
      const expiresAt = Date.now() + Math.min(seconds, state.life) * 1000;
      issued.set(token, { ...principal, expiresAt });
      return { token, expiresAt };
    },
    principalOf: (authorization) => {
      const found = issued.get(authorization?.replace(/^Bearer /, '') ?? '');
      return found !== undefined && found.expiresAt > Date.now() ? found : undefined;
    },
  };
  const truth: Readonly<Record<GoogleRequest['call'], (request: GoogleRequest) => Promise<GoogleReply>>> = {
    token: (request) => exchangeAnswer(state, request),
    generateAccessToken: async (request) => accessTokenAnswer(state, request),
    tokeninfo: async (request) => tokenInfo(state, request),
    other: async () => ({ status: 404, body: { error: { code: 404, status: 'NOT_FOUND' } } }),
  };
  const server = await startLoopback(async (incoming, outgoing) => {
    const request = await readRequest(incoming);
    requests.push(request);
    await Promise.all(secretsIn(request).map((secret) => options.presented?.(secret)));
    const reply = planned.get(request.call)?.() ?? (await truth[request.call](request));
    outgoing.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    outgoing.end(JSON.stringify(reply.body));
  });
  return {
    url: server.url,
    requests,
    get issued() {
      return [...issued.keys()];
    },
    calls: (call) => requests.filter((request) => request.call === call),
    principalOf: state.principalOf,
    trust: (next) => {
      state.trust = next;
    },
    answer: (call, reply) => {
      if (reply === undefined) planned.delete(call);
      else planned.set(call, reply);
    },
    close: server.close,
  };
}

async function readRequest(incoming: IncomingMessage): Promise<GoogleRequest> {
  const url = incoming.url ?? '/';
  return { call: callOf(incoming.method, url), url, headers: incoming.headers, body: await text(incoming) };
}

function callOf(method: string | undefined, url: string): GoogleRequest['call'] {
  const { pathname } = new URL(url, 'http://127.0.0.1');
  if (method !== 'POST') return 'other';
  if (pathname === '/v1/token') return 'token';
  if (pathname === '/tokeninfo') return 'tokeninfo';
  return /^\/v1\/projects\/-\/serviceAccounts\/[^/]+:generateAccessToken$/.test(pathname)
    ? 'generateAccessToken'
    : 'other';
}

function secretsIn({ call, headers, body }: GoogleRequest): readonly string[] {
  const bearer = headers.authorization?.replace(/^Bearer /, '');
  if (bearer !== undefined) return [bearer];
  const subject = call === 'token' ? /"subjectToken":"([^"]+)"/.exec(body)?.[1] : undefined;
  return subject === undefined ? [] : [subject];
}

function tokenInfo(state: GoogleState, { headers, url }: GoogleRequest): GoogleReply {
  const principal = state.principalOf(headers.authorization);
  if (principal === undefined || url.includes('?'))
    return { status: 400, body: { error: 'invalid_token', error_description: 'Invalid Value' } };
  const { email, scopes, expiresAt } = principal;
  const seconds = Math.floor((expiresAt - Date.now()) / 1000);
  const body = { scope: scopes.join(' '), expires_in: String(seconds), ...(email && { email }) };
  return { status: 200, body };
}
