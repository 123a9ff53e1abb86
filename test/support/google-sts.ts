import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import type {
  GoogleClaims,
  GoogleProvider,
  GoogleReply,
  GoogleRequest,
  GoogleState,
} from './google-state.ts';

const FIXED: Readonly<Record<string, string>> = {
  grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
  requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
  subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
};
const SUBJECT_BYTES = 127;

/** `POST /v1/token` with JSON. A federated token never lives longer than the token it was made from. */
export async function exchangeAnswer(state: GoogleState, { body }: GoogleRequest): Promise<GoogleReply> {
  const asked: Readonly<Record<string, unknown>> = JSON.parse(body);
  const wrong = Object.keys(FIXED).find((name) => asked[name] !== FIXED[name]);
  if (wrong !== undefined) return refusal('invalid_request', `Invalid value for "${wrong}".`);
  const provider = state.trust.providers.find(
    ({ name }) => `//iam.googleapis.com/${name}` === asked['audience'],
  );
  if (provider === undefined) return refusal('invalid_target', UNKNOWN_PROVIDER);
  const token = String(asked['subjectToken']);
  const claims = await verified(provider, token);
  if (claims instanceof Refused) return claims.reply;
  if (!provider.condition(claims)) {
    return refusal('unauthorized_client', 'The given credential is rejected by the attribute condition.');
  }
  const attributes = mapped(provider, claims);
  const subject = attributes.get('google.subject') ?? '';
  if (Buffer.byteLength(subject) > SUBJECT_BYTES) return refusal('invalid_request', TOO_LONG);
  const life = Number(claims['exp']) - Date.now() / 1000;
  const scopes = String(asked['scope'] ?? '').split(' ');
  const issued = state.issue({ email: '', members: membersOf(provider, subject, attributes), scopes }, life);
  return {
    status: 200,
    body: {
      access_token: issued.token,
      issued_token_type: FIXED['requestedTokenType'],
      token_type: 'Bearer',
      expires_in: Math.floor((issued.expiresAt - Date.now()) / 1000),
    },
  };
}

const UNKNOWN_PROVIDER =
  'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or ' +
  "provider is disabled or deleted or because it doesn't exist.";
const TOO_LONG =
  'The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or ' +
  'the incoming assertion to produce a mapped attribute that is less than 127 bytes.';

class Refused {
  readonly reply: GoogleReply;

  constructor(reply: GoogleReply) {
    this.reply = reply;
  }
}

async function verified(provider: GoogleProvider, token: string): Promise<GoogleClaims | Refused> {
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/.well-known/jwks`));
  const audience = [...(provider.audiences ?? [`https://iam.googleapis.com/${provider.name}`])];
  try {
    const options = {
      audience,
      issuer: provider.issuer,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat'],
    };
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    return new Refused(refusal('invalid_grant', reason(error, token, audience)));
  }
}

function reason(error: unknown, token: string, audience: readonly string[]): string {
  if (error instanceof errors.JWTExpired)
    return `ID Token issued at ${error.payload.iat} is stale to sign-in.`;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return `The audience in ID Token [${decodeJwt(token).aud}] does not match the expected audience ${audience}.`;
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') {
    return `The issuer in ID Token ${decodeJwt(token).iss} does not match the expected ones.`;
  }
  return 'Invalid ID Token: the signature cannot be verified.';
}

function mapped(provider: GoogleProvider, claims: GoogleClaims): ReadonlyMap<string, string> {
  return new Map(Object.entries(provider.mapping).map(([name, map]) => [name, map(claims)]));
}

/** Under which names a binding may mean this identity. Source: Google Cloud IAM, "Principal identifiers". */
function membersOf(
  { name }: GoogleProvider,
  subject: string,
  attributes: ReadonlyMap<string, string>,
): readonly string[] {
  const pool = `//iam.googleapis.com/${name.replace(/\/providers\/.*$/, '')}`;
  const custom = [...attributes].filter(([attribute]) => attribute.startsWith('attribute.'));
  return [
    `principal:${pool}/subject/${subject}`,
    `principalSet:${pool}/*`,
    ...custom.map(([attribute, value]) => `principalSet:${pool}/${attribute}/${value}`),
  ];
}

function refusal(error: string, error_description: string): GoogleReply {
  return { status: 400, body: { error, error_description } };
}
