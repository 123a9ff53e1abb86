/**
 * The token endpoint of a Databricks workspace with one federation policy of a service principal. It checks the
 * signature, issuer, audience, subject and expiry of GitHub's token, and the form of RFC 8693.
 *
 * What it cannot prove: the words of Databricks' refusals, which claims its tokens have, TLS, and anything about SQL:
 * there is no warehouse behind it.
 */
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { startIssuer } from './issuer.ts';
import { startLoopback } from './loopback.ts';

/** Source: Databricks, `service-principal-federation-policy`. */
export interface FederationPolicy {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
}

export interface Databricks {
  /** Origin of the workspace. */
  readonly url: string;
  /** How each request ended, oldest first: `issued`, or why not. */
  readonly requests: string[];
  /** Every access token, oldest first. */
  readonly issued: string[];
  /** Answers every request with this instead. */
  answer(reply: { status: number; body: string; headers?: Record<string, string> } | undefined): void;
  close(): Promise<void>;
}

export async function startDatabricks(options: {
  /** Application id of the service principal. */
  readonly clientId: string;
  readonly policy: FederationPolicy;
  readonly lifeSeconds?: number;
  /** Claims of the access tokens, over the usual ones; `opaque` for tokens that are no JWT. */
  readonly claims?: Readonly<Record<string, unknown>> | 'opaque';
}): Promise<Databricks> {
  const keys = await startIssuer();
  const requests: string[] = [];
  const issued: string[] = [];
  let planned: Parameters<Databricks['answer']>[0];

  const issue = async (): Promise<string> => {
    const { clientId, lifeSeconds: life = 3600, claims = {} } = options;
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: `${keys.issuer}/oidc`, sub: clientId, client_id: clientId, scope: 'all-apis' };
    const token =
      claims === 'opaque'
        ? `dkea${crypto.randomUUID()}`
        : await keys.mint({ claims: JSON.stringify({ ...usual, iat: now, exp: now + life, ...claims }) });
    issued.push(token);
    return JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: life, scope: 'all-apis' });
  };

  const server = await startLoopback(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const refused = planned ? undefined : await refusal(`${request.method} ${request.url}`, form, options);
    requests.push(planned ? `answered ${planned.status}` : (refused ?? 'issued'));
    const denied = {
      status: 400,
      body: JSON.stringify({ error: 'invalid_grant', error_description: refused }),
    };
    const reply = planned ?? (refused === undefined ? { status: 200, body: await issue() } : denied);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...planned?.headers });
    response.end(reply.body);
  });
  return {
    ...{ url: server.url, requests, issued },
    answer: (reply) => {
      planned = reply;
    },
    close: async () => {
      await Promise.all([server.close(), keys.close()]);
    },
  };
}

/** Why nothing is issued; undefined when it is. */
async function refusal(
  request: string,
  form: URLSearchParams,
  { clientId, policy }: { readonly clientId: string; readonly policy: FederationPolicy },
): Promise<string | undefined> {
  const { issuer, audience, subject } = policy;
  const expected = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    client_id: clientId,
    scope: 'all-apis',
  };
  if (request !== 'POST /oidc/v1/token') return `no ${request}`;
  const wrong = Object.entries(expected).find(([name, value]) => form.get(name) !== value);
  if (wrong !== undefined) return `${wrong[0]} is not ${wrong[1]}`;
  const jwks = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`));
  const checks = { issuer, audience, subject, algorithms: ['RS256'], requiredClaims: ['exp'] };
  return await jwtVerify(form.get('subject_token') ?? '', jwks, checks).then(
    () => undefined,
    (error: unknown) => (error instanceof errors.JOSEError ? error.message : 'the token cannot be read'),
  );
}
