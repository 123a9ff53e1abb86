import type { Clouds, GoogleToken, ImpersonationRequest } from '../credentials/clouds.ts';
import { Secret } from '../secret.ts';
import { notAToken, postToGoogle, readGoogle, requestId } from './google-http.ts';
import type { HttpResponse } from './http.ts';

type Library = typeof import('./iam-credentials-client.ts');

/**
 * IAM Credentials `generateAccessToken`, by Google's client. Where that cannot be loaded, or gives up before it has
 * sent anything, the same request is made without it. Exactly one request leaves either way.
 * Source: https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
export function impersonation(
  origin: string,
  allowLoopback: boolean,
  load: () => Promise<Library> = () => import('./iam-credentials-client.ts'),
): Clouds['impersonate'] {
  return async (request, federated) => {
    const line = singleUse(origin, allowLoopback);
    try {
      const library = await load();
      await library.generateAccessToken(origin, request, federated, line.send);
    } catch {
      // What the library makes of an answer does not matter: it is read below, whoever sent the request.
    }
    const response = await (line.outcome() ?? plainRequest(origin, allowLoopback, request, federated));
    return readToken(response, federated);
  };
}

/** A `fetch` that sends one request and no second, to this origin and no other, and keeps what came of it. */
function singleUse(
  origin: string,
  allowLoopback: boolean,
): {
  readonly send: typeof fetch;
  readonly outcome: () => Promise<HttpResponse> | undefined;
} {
  let outcome: Promise<HttpResponse> | undefined;
  return {
    outcome: () => outcome,
    send: async (input, init) => {
      if (outcome !== undefined) throw new Error('one call is one request');
      if (new URL(String(input)).origin !== origin) throw new Error('the token is for one host');
      const headers = Object.fromEntries(new Headers(init?.headers));
      const request = { url: String(input), headers, body: String(init?.body), allowLoopback };
      outcome = postToGoogle('generateAccessToken', request);
      const { status, headers: answered, body } = await outcome;
      return new Response(new Uint8Array(body), { status, headers: answered });
    },
  };
}

function plainRequest(
  origin: string,
  allowLoopback: boolean,
  { serviceAccount, delegates, scopes, lifetimeSeconds, reason }: ImpersonationRequest,
  federated: Secret,
): Promise<HttpResponse> {
  return postToGoogle('generateAccessToken', {
    url: `${origin}/v1/projects/-/serviceAccounts/${encodeURIComponent(serviceAccount)}:generateAccessToken`,
    headers: { 'content-type': 'application/json', 'x-goog-request-reason': reason },
    bearer: federated,
    body: JSON.stringify({
      delegates: delegates.map((email) => `projects/-/serviceAccounts/${email}`),
      scope: scopes,
      lifetime: `${lifetimeSeconds}s`,
    }),
    allowLoopback,
  });
}

function readToken(response: HttpResponse, federated: Secret): GoogleToken {
  const body = readGoogle('generateAccessToken', response, federated);
  const token = body.get('accessToken');
  const expiresAt = new Date(String(body.get('expireTime')));
  if (typeof token !== 'string' || token === '' || Number.isNaN(expiresAt.getTime()))
    throw notAToken('generateAccessToken', 'accessToken and expireTime');
  return { token: new Secret(token), expiresAt, requestId: requestId(response.headers, [federated]) };
}
