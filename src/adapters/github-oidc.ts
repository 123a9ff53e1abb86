import { PassportError } from '../errors.ts';
import { readRequestUrl } from '../identity/request-url.ts';
import type { IdTokenSource } from '../ports.ts';
import { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { HttpFailure, type HttpResponse, type HttpTiming, sendHttp } from './http.ts';

/** Shorter text is not masked: it would make the log unreadable and hides nothing. */
const MIN_MASKED = 8;
const PERMISSION_HINT =
  'Add `permissions: id-token: write` to the job, and to the job that calls it if it is in a reusable workflow. A pull request from a fork never gets a token.';

export interface GithubOidcOptions {
  /** ACTIONS_ID_TOKEN_REQUEST_URL */
  readonly requestUrl: string | undefined;
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN */
  readonly requestToken: string | undefined;
  /** The issuer the policy expects; the request goes to a host of the same platform only. */
  readonly issuer: string;
  /** Hides a text in the job's log from now on. */
  readonly mask: (secret: string) => void;
  /** For tests and the demo. */
  readonly allowLoopback: boolean;
  readonly timing?: HttpTiming;
}

/**
 * Asks GitHub for the job's OIDC token. The bearer is masked and goes to GitHub's host only; the token
 * and its parts are masked before it is returned.
 * @throws PassportError ERR_ID_TOKEN_UNAVAILABLE with the reason OIDC_PERMISSION, OIDC_URL, OIDC_REFUSED, OIDC_HTTP or OIDC_REPLY
 */
export function githubIdToken(options: GithubOidcOptions): IdTokenSource {
  return async (audience) => {
    const { requestUrl, requestToken, issuer, mask } = options;
    if (requestToken) maskToken(requestToken, mask);
    if (!requestUrl || !requestToken) {
      throw unavailable('OIDC_PERMISSION', 'the job may not ask for an OIDC token', PERMISSION_HINT);
    }
    const url = readRequestUrl(requestUrl, issuer, options.allowLoopback);
    url.searchParams.set('audience', audience);
    const response = await send(url, new Secret(requestToken), options);
    const token = readReply(response, url.host);
    maskToken(token, mask);
    return new Secret(token);
  };
}

async function send(url: URL, bearer: Secret, options: GithubOidcOptions): Promise<HttpResponse> {
  try {
    return await sendHttp(
      {
        url,
        bearer,
        headers: { accept: 'application/json' },
        maxBytes: 65_536,
        allowLoopback: options.allowLoopback,
      },
      options.timing,
    );
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw unavailable(
      'OIDC_HTTP',
      `GitHub gave no OIDC token: ${error.message}`,
      'Run the job again. Behind a proxy, set `NODE_USE_ENV_PROXY: 1` under `env:` of the step.',
    );
  }
}

function readReply({ status, body }: HttpResponse, host: string): string {
  if (status === 401 || status === 403) {
    throw unavailable(
      'OIDC_REFUSED',
      `${plain(host)} refused the OIDC token: status ${status}`,
      PERMISSION_HINT,
    );
  }
  if (status !== 200) {
    throw unavailable(
      'OIDC_HTTP',
      `expected status 200 from ${plain(host)}; it is ${status}`,
      'Run the job again.',
    );
  }
  const value = tokenIn(new TextDecoder().decode(body));
  if (value === undefined) {
    throw unavailable('OIDC_REPLY', `the answer of ${plain(host)} holds no token`, 'Run the job again.');
  }
  return value;
}

function tokenIn(text: string): string | undefined {
  try {
    const reply: unknown = JSON.parse(text);
    if (typeof reply !== 'object' || reply === null || !('value' in reply)) return undefined;
    return typeof reply.value === 'string' && reply.value !== '' ? reply.value : undefined;
  } catch {
    return undefined;
  }
}

/** The parts too: a log may show the signature or the claims alone. */
function maskToken(token: string, mask: (secret: string) => void): void {
  for (const text of new Set([token, ...token.split('.')])) {
    if (text.length >= MIN_MASKED) mask(text);
  }
}

function unavailable(reason: string, message: string, hint: string): PassportError {
  return new PassportError('ERR_ID_TOKEN_UNAVAILABLE', message, { reason, hint });
}
