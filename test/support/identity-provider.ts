/**
 * An identity provider with a token endpoint that takes GitHub's token for an access token of its own, as
 * Keycloak, Entra or Databricks do. It checks signature, issuer, audience, subject and expiry of what is handed in.
 *
 * What it cannot prove: how a certain provider is configured, its words for a refusal, and TLS.
 */
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { type Issuer, startIssuer } from './issuer.ts';
import { startLoopback } from './loopback.ts';

export interface TrustedSubject {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
}

export interface IdentityProvider {
  /** The `iss` of its access tokens; has the key set at `/.well-known/jwks`. */
  readonly issuer: string;
  readonly tokenUrl: string;
  /** The form of every request, oldest first. */
  readonly requests: URLSearchParams[];
  /** Every access token that was made, oldest first. */
  readonly issued: string[];
  /** What is trusted from now on. */
  trust(subject: TrustedSubject): void;
  /** Seconds that access tokens live from now on; 3600 when not set. */
  setLife(seconds: number): void;
  /** Answers every request with this instead. */
  answer(reply: { status: number; body: string; headers?: Record<string, string> } | undefined): void;
  close(): Promise<void>;
}

const GRANTS: Record<string, (form: URLSearchParams) => string | null> = {
  'urn:ietf:params:oauth:grant-type:token-exchange': (form) =>
    form.get('subject_token_type') === 'urn:ietf:params:oauth:token-type:jwt'
      ? form.get('subject_token')
      : null,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': (form) => form.get('assertion'),
  client_credentials: (form) =>
    form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      ? form.get('client_assertion')
      : null,
};

/** `claims` of its access tokens besides iss, aud, scp and times. */
export async function startIdentityProvider(options: {
  readonly trust: TrustedSubject;
  readonly audience: string;
  readonly claims: Readonly<Record<string, unknown>>;
}): Promise<IdentityProvider> {
  const keys: Issuer = await startIssuer();
  const requests: URLSearchParams[] = [];
  let { trust } = options;
  let life = 3600;
  let planned: Parameters<IdentityProvider['answer']>[0];

  const issue = async (form: URLSearchParams) => {
    const token = GRANTS[form.get('grant_type') ?? '']?.(form) ?? undefined;
    if (token === undefined) return json(400, { error: 'unsupported_grant_type' });
    const refused = await refusal(token, trust);
    if (refused !== undefined) return json(400, { error: 'invalid_grant', error_description: refused });
    const scope = form.get('scope') ?? '';
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: keys.issuer, aud: options.audience, scp: scope.split(' '), iat: now, nbf: now },
      ...{ exp: now + life, ...options.claims },
    };
    const access = await keys.mint({ claims: JSON.stringify(claims) });
    return json(200, { access_token: access, token_type: 'Bearer', expires_in: life, scope });
  };

  const server = await startLoopback(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    requests.push(form);
    const reply = planned ?? (await issue(form));
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body);
  });
  return {
    issuer: keys.issuer,
    tokenUrl: `${server.url}/oauth/token`,
    requests,
    issued: keys.issued,
    trust: (subject) => {
      trust = subject;
    },
    setLife: (seconds) => {
      life = seconds;
    },
    answer: (reply) => {
      planned = reply;
    },
    close: async () => {
      await Promise.all([server.close(), keys.close()]);
    },
  };
}

/** Why the token is not taken; undefined when it is. */
async function refusal(token: string, trust: TrustedSubject): Promise<string | undefined> {
  const jwks = createRemoteJWKSet(new URL(`${trust.issuer}/.well-known/jwks`));
  try {
    const { payload } = await jwtVerify(token, jwks, {
      ...{ issuer: trust.issuer, audience: trust.audience, subject: trust.subject },
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat'],
    });
    return payload.sub === trust.subject ? undefined : 'wrong subject';
  } catch (error) {
    return error instanceof errors.JOSEError ? error.message : 'the token cannot be read';
  }
}

function json(
  status: number,
  body: unknown,
): { status: number; body: string; headers?: Record<string, string> } {
  return { status, body: JSON.stringify(body) };
}
