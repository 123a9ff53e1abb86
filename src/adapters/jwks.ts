import type { JSONWebKeySet } from 'jose';
import { PassportError } from '../errors.ts';
import { isKnownIssuer } from '../identity/issuer.ts';
import type { Jwks } from '../ports.ts';
import { plain } from '../untrusted.ts';
import { HttpFailure, type HttpResponse, type HttpTiming, REAL_TIMING, sendHttp } from './http.ts';

const MAX_BYTES = 262_144;
/** Milliseconds that a key set is used for without asking again. */
const MAX_AGE_MS = 600_000;
/** Milliseconds between two requests: a key just published may not be everywhere yet. */
const COOLDOWN_MS = 2_000;

export interface JwksOptions {
  /** For tests and the demo. */
  readonly allowLoopback: boolean;
  readonly timing?: HttpTiming;
  /** Milliseconds for one try and for all; see HttpRequest. */
  readonly timeoutMs?: number;
  readonly budgetMs?: number;
}

/**
 * The key sets of GitHub's issuers, always from `<issuer>/.well-known/jwks` and never from an address
 * that a discovery document or a token names.
 * @throws PassportError ERR_JWKS_UNAVAILABLE with the reason JWKS_URL, JWKS_HTTP, JWKS_TIMEOUT, JWKS_SIZE or JWKS_DOWN
 */
export function issuerJwks(options: JwksOptions): Jwks {
  const timing = options.timing ?? REAL_TIMING;
  const cache = new Map<string, { readonly at: number; readonly set: JSONWebKeySet }>();
  return async (issuer, { fresh }) => {
    if (!isKnownIssuer(issuer, options.allowLoopback)) throw unknownIssuer(issuer);
    const cached = cache.get(issuer);
    const age = cached === undefined ? Number.POSITIVE_INFINITY : timing.now() - cached.at;
    if (cached !== undefined && !fresh && age <= MAX_AGE_MS) return cached.set;
    if (age < COOLDOWN_MS) await timing.sleep(COOLDOWN_MS - age);
    const set = readKeySet(await request(issuer, options), new URL(issuer).host);
    cache.set(issuer, { at: timing.now(), set });
    return set;
  };
}

async function request(issuer: string, options: JwksOptions): Promise<HttpResponse> {
  const { timing, ...limits } = options;
  try {
    return await sendHttp(
      {
        url: `${issuer}/.well-known/jwks`,
        headers: { accept: 'application/json' },
        maxBytes: MAX_BYTES,
        tries: 2,
        ...limits,
      },
      timing,
    );
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw unavailable(REASONS[error.kind], `the issuer's keys could not be fetched: ${error.message}`);
  }
}

const REASONS = {
  url: 'JWKS_URL',
  request: 'JWKS_URL',
  size: 'JWKS_SIZE',
  timeout: 'JWKS_TIMEOUT',
  network: 'JWKS_DOWN',
} as const satisfies Record<HttpFailure['kind'], string>;

function readKeySet({ status, body }: HttpResponse, host: string): JSONWebKeySet {
  if (status !== 200) {
    throw unavailable(
      'JWKS_HTTP',
      `expected a key set from ${plain(host)}; it answered with status ${status}`,
    );
  }
  const set = parse(body);
  if (set === undefined)
    throw unavailable('JWKS_HTTP', `the answer of ${plain(host)} is not a JSON Web Key Set`);
  return set;
}

function parse(body: Uint8Array): JSONWebKeySet | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isKeySet(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys))
    return false;
  return value.keys.every((key) => typeof key === 'object' && key !== null && 'kty' in key);
}

function unknownIssuer(issuer: string): PassportError {
  return new PassportError('ERR_JWKS_UNAVAILABLE', `"${plain(issuer)}" is not an issuer of GitHub`, {
    reason: 'JWKS_URL',
    hint: 'Set `issuer:` in the policy to https://token.actions.githubusercontent.com, with /<enterprise> where the enterprise has its own issuer; https://token.actions.<name>.ghe.com; or https://<host>/_services/token of GitHub Enterprise Server.',
  });
}

function unavailable(reason: string, message: string): PassportError {
  return new PassportError('ERR_JWKS_UNAVAILABLE', message, {
    reason,
    hint: 'Without the keys no token can be checked, so the run is refused. Look at https://www.githubstatus.com and at the network of the runner (behind a proxy set `NODE_USE_ENV_PROXY: 1` under `env:` of the step), then run the job again.',
  });
}
