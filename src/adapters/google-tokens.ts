import type { Clouds, GoogleExchangeRequest, GoogleIdentity, GoogleToken } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';
import { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { notAToken, postToGoogle, readGoogle, requestId } from './google-http.ts';
import { impersonation } from './iam-credentials.ts';

const STS = 'https://sts.googleapis.com';
const OAUTH = 'https://oauth2.googleapis.com';
const IAM_CREDENTIALS = 'https://iamcredentials.googleapis.com';

/** Google STS, IAM Credentials and tokeninfo as a port. Plain http is for a run whose clouds are on this machine. */
export function googleTokens(
  endpoints: Endpoints,
): Pick<Clouds, 'googleExchange' | 'impersonate' | 'googleIdentity'> {
  const allowLoopback = Object.keys(endpoints).length > 0;
  return {
    googleExchange: exchange(endpoints.googleSts ?? STS, allowLoopback),
    impersonate: impersonation(endpoints.iamCredentials ?? IAM_CREDENTIALS, allowLoopback),
    googleIdentity: identity(endpoints.googleOauth ?? OAUTH, allowLoopback),
  };
}

/** Source: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
function exchange(origin: string, allowLoopback: boolean): Clouds['googleExchange'] {
  return async (request, token) => {
    const askedAt = Date.now();
    const response = await postToGoogle('token exchange', {
      url: `${origin}/v1/token`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: exchangeBody(request, token),
      allowLoopback,
    });
    const body = readGoogle('token exchange', response, token);
    return readToken(body, askedAt, requestId(response.headers, [token]));
  };
}

function exchangeBody({ audience, scopes }: GoogleExchangeRequest, token: Secret): string {
  return JSON.stringify({
    audience,
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    scope: scopes.join(' '),
    subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
    subjectToken: token.reveal(),
  });
}

function readToken(body: ReadonlyMap<string, unknown>, askedAt: number, id: string): GoogleToken {
  const token = body.get('access_token');
  const seconds = Number(body.get('expires_in'));
  if (typeof token !== 'string' || token === '' || !(seconds > 0 && seconds < 1e6))
    throw notAToken('token exchange', 'access_token and expires_in in seconds');
  return { token: new Secret(token), expiresAt: new Date(askedAt + seconds * 1000), requestId: id };
}

/** The token goes in a header, never into the URL. Source: google-auth-library, OAuth2Client.getTokenInfo */
function identity(origin: string, allowLoopback: boolean): Clouds['googleIdentity'] {
  return async (token): Promise<GoogleIdentity> => {
    const response = await postToGoogle('tokeninfo', {
      url: `${origin}/tokeninfo`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '',
      bearer: token,
      allowLoopback,
    });
    const body = readGoogle('tokeninfo', response, token);
    const [email, scope] = [body.get('email') ?? '', body.get('scope')];
    if (typeof email !== 'string' || typeof scope !== 'string')
      throw notAToken('tokeninfo', 'scope, and email as text');
    return { email: plain(email), scopes: plain(scope, 5_000).split(' ').filter(Boolean) };
  };
}
