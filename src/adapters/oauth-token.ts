import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Clouds, OAuthToken } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';
import type { OAuthExchange } from '../policy/grant-types.ts';
import { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { askOnce, type CloudAnswer } from './cloud-answer.ts';
import { cloudWords } from './cloud-words.ts';
import { retryAfter } from './http.ts';

const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** How the token is handed in, by grant type: RFC 8693 section 2.1, RFC 7523 sections 2.1 and 2.2. */
const FORMS: Record<OAuthExchange['grantType'], (token: string) => Record<string, string>> = {
  'token-exchange': (token) => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: JWT,
  }),
  'jwt-bearer': (token) => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: token,
  }),
  'client-assertion': (token) => ({
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION,
    client_assertion: token,
  }),
};

/** Token endpoints of other identity providers as a port. Plain http is for a run whose clouds are on this machine. */
export function oauthTokens(endpoints: Endpoints): Pick<Clouds, 'oauthToken'> {
  const allowLoopback = Object.keys(endpoints).length > 0;
  return {
    oauthToken: async (request, token) => {
      const { tokenUrl, grantType, clientId, scope, cloud } = request;
      const form = new URLSearchParams({
        ...FORMS[grantType](token.reveal()),
        ...(clientId && { client_id: clientId }),
        ...(scope && { scope }),
      });
      const askedAt = Date.now();
      const answer = await askOnce(
        {
          url: tokenUrl,
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body: form.toString(),
          maxBytes: 65_536,
          timeoutMs: 10_000,
          allowLoopback,
        },
        (text, transient) => fault(cloud, { status: 0, code: '', text, transient }),
      );
      if (answer.status !== 200) throw refusal(cloud, answer, token);
      return readToken(cloud, answer.body, askedAt, scope ?? '');
    },
  };
}

type Issuer = 'databricks' | 'oauth';

/** RFC 6749, section 5.1. A token without a stated life, or of another type than Bearer, is not taken. */
function readToken(
  cloud: Issuer,
  body: Readonly<Record<string, unknown>>,
  askedAt: number,
  askedScope: string,
): OAuthToken {
  const { access_token: token, token_type: type, expires_in: seconds, scope } = body;
  const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
  const life = Number(seconds);
  if (typeof token !== 'string' || token === '' || !isBearer || !(life > 0 && life < 1e7)) {
    const text = 'the answer needs an access_token, token_type Bearer and expires_in in seconds';
    throw fault(cloud, { status: 200, code: '', text, transient: false });
  }
  return {
    token: new Secret(token),
    expiresAt: new Date(askedAt + life * 1000),
    // Left out when it is what was asked for.
    scope: plain(typeof scope === 'string' ? scope : askedScope),
  };
}

/** RFC 6749, section 5.2. */
function refusal(cloud: Issuer, { status, headers, body }: CloudAnswer, token: Secret): CloudFault {
  const code = cloudWords(body['error'], [token], 80);
  const said = cloudWords(body['error_description'] ?? body['message'], [token]);
  return fault(cloud, {
    status,
    code,
    text: said || `HTTP status ${status}`,
    transient: status === 429 || status >= 500 || code === 'temporarily_unavailable',
    retryAfterMs: retryAfter(headers),
    requestId: cloudWords(
      headers.get('x-request-id') ?? headers.get('x-databricks-request-id'),
      [token],
      100,
    ),
  });
}

function fault(
  cloud: Issuer,
  answer: Omit<ConstructorParameters<typeof CloudFault>[0], 'cloud' | 'call'>,
): CloudFault {
  return new CloudFault({ cloud, call: 'token exchange', ...answer });
}
