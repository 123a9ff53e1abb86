/**
 * A local GitHub Actions OIDC issuer that speaks the real protocol over HTTP on 127.0.0.1: the key
 * set, the discovery document and the token endpoint that a job reaches with its request token.
 *
 * What it cannot prove: that GitHub's own claims, keys, host names and error bodies are as they are
 * here; TLS; that GitHub lets a job have a token at all (`id-token: write`, forks, environments'
 * protection rules); the rate limits and the lifetime of the request token.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import { type ClaimOverrides, githubClaims } from './claims.ts';
import { startLoopback } from './loopback.ts';

/** A signing key: `publicJwk` is what the key set shows. */
export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface MintOptions {
  /** Claims over the issuer's own, or the exact text of the payload. */
  readonly claims?: ClaimOverrides | string;
  /** Header parameters over `alg`, `kid`, `typ` (undefined leaves one out), or the exact text of the header. */
  readonly header?: Readonly<Record<string, unknown>> | string;
  readonly audience?: string;
  /** Life in seconds from now; the issuer's when not given. */
  readonly expiresIn?: number;
  readonly key?: IssuerKey;
}

export interface IssuerRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

/** What a route answers instead of the truth, to test faults. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
}
export type Route = '/token' | '/.well-known/jwks' | '/.well-known/openid-configuration';

export interface Issuer {
  /** The `iss` claim and the base of the key set's URL. */
  readonly issuer: string;
  /** Goes into ACTIONS_ID_TOKEN_REQUEST_URL; has a query already, as GitHub's has. */
  readonly requestUrl: string;
  /** Goes into ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: string;
  /** Every request that came, oldest first. */
  readonly requests: IssuerRequest[];
  /** Every token that the endpoint or `mint` made, oldest first. */
  readonly issued: string[];
  /** The key that signs now. */
  key(): IssuerKey;
  /** Claims of every later token; replaces what was set before. */
  setClaims(overrides: ClaimOverrides): void;
  mint(options?: MintOptions): Promise<string>;
  /** A new key signs and is the only one published. */
  rotate(): Promise<void>;
  /** Publishes these keys instead of the signing key. */
  publish(keys: readonly JWK[]): void;
  /** Answers a route with this; `undefined` brings the truth back. */
  answer(route: Route, reply: Reply | (() => Reply) | undefined): void;
  /** Waits for `watch` before a route is answered, to look at the world while the caller waits. */
  before(route: Route, watch: () => Promise<void>): void;
  close(): Promise<void>;
}

export async function startIssuer(
  options: {
    readonly claims?: ClaimOverrides;
    readonly now?: () => Date;
    /** Seconds from `iat` to `exp` of every token; GitHub's 300 when not given. */
    readonly life?: number;
    /** Its first key; a new one when not given, which takes time. */
    readonly key?: IssuerKey;
  } = {},
): Promise<Issuer> {
  const now = options.now ?? (() => new Date());
  const requestToken = randomBytes(32).toString('hex');
  const requests: IssuerRequest[] = [];
  const issued: string[] = [];
  const replies = new Map<string, Reply | (() => Reply)>();
  const watches = new Map<string, () => Promise<void>>();
  let overrides = options.claims ?? {};
  let signing = options.key ?? (await newSigningKey());
  let published: readonly JWK[] = [signing.publicJwk];

  const server = await startLoopback((request, response) => {
    void handle(request, response);
  });
  const issuer = server.url;

  async function mint(wanted: MintOptions = {}): Promise<string> {
    const token = await signed(wanted, wanted.key ?? signing, (own) => {
      const seconds = Math.floor(now().getTime() / 1000);
      const life = wanted.expiresIn ?? options.life;
      return githubClaims(
        {
          iss: issuer,
          ...(wanted.audience === undefined ? {} : { aud: wanted.audience }),
          ...(life === undefined ? {} : { exp: seconds + life }),
          ...overrides,
          ...own,
        },
        now(),
      );
    });
    issued.push(token);
    return token;
  }

  async function truth(request: IssuerRequest): Promise<Reply> {
    if (request.path === '/.well-known/openid-configuration') return json(200, discovery(issuer));
    if (request.path === '/.well-known/jwks') return json(200, { keys: published });
    if (request.path !== '/token') return json(404, { message: 'not found' });
    if (request.authorization !== `Bearer ${requestToken}`) return json(401, { message: 'unauthorized' });
    const audience = request.query.get('audience') ?? 'https://github.com/octo-org';
    const value = await mint({ audience });
    return json(200, { count: value.length, value });
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = readRequest(incoming, issuer);
    requests.push(request);
    await watches.get(request.path)?.();
    const planned = replies.get(request.path);
    const reply = typeof planned === 'function' ? planned() : (planned ?? (await truth(request)));
    if (reply.delayMs !== undefined) await sleep(reply.delayMs, undefined, { ref: false });
    outgoing.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    outgoing.end(reply.body ?? '');
  }

  return {
    issuer,
    requestUrl: `${issuer}/token?api-version=2.0`,
    requestToken,
    requests,
    issued,
    key: () => signing,
    setClaims: (claims) => {
      overrides = claims;
    },
    mint,
    rotate: async () => {
      signing = await newSigningKey();
      published = [signing.publicJwk];
    },
    publish: (keys) => {
      published = keys;
    },
    answer: (route, reply) => {
      if (reply === undefined) replies.delete(route);
      else replies.set(route, reply);
    },
    before: (route, watch) => {
      watches.set(route, watch);
    },
    close: server.close,
  };
}

/** An RSA key as GitHub has: 2048 bits, RS256, a kid of 40 hex digits. */
export async function newSigningKey(kid = randomBytes(20).toString('hex')): Promise<IssuerKey> {
  const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const { kty, n, e } = await exportJWK(pair.publicKey);
  const publicJwk = { kty, alg: 'RS256', use: 'sig', kid, n, e } as JWK;
  return { kid, privateKey: pair.privateKey, publicJwk };
}

/** Base64url of text or bytes. */
export function base64url(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

/** Signs the exact text of a header and a payload with RS256, whatever they say. */
export async function signCompact(
  header: string,
  payload: string | Uint8Array,
  key: IssuerKey,
): Promise<string> {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, Buffer.from(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}

function signed(
  wanted: MintOptions,
  key: IssuerKey,
  claimsWith: (own: ClaimOverrides) => object,
): Promise<string> {
  const header =
    typeof wanted.header === 'string'
      ? wanted.header
      : JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...wanted.header });
  const payload =
    typeof wanted.claims === 'string' ? wanted.claims : JSON.stringify(claimsWith(wanted.claims ?? {}));
  return signCompact(header, payload, key);
}

function readRequest(incoming: IncomingMessage, base: string): IssuerRequest {
  const url = new URL(incoming.url ?? '/', base);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    authorization: incoming.headers.authorization,
  };
}

function json(status: number, body: unknown): Reply {
  return { status, body: JSON.stringify(body) };
}

function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    claims_supported: Object.keys(githubClaims()),
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  };
}
