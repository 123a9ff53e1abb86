import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Google, startGoogle } from './google.ts';
import { ACCOUNT, googleTrust, PROVIDER, REPOSITORY_SET, SCOPE } from './google-trust.ts';
import { type Issuer, type MintOptions, newSigningKey, startIssuer } from './issuer.ts';

const AUDIENCE = `https://iam.googleapis.com/${PROVIDER}`;
const IAM = 'https://www.googleapis.com/auth/iam';

const KEY = await newSigningKey();
let issuer: Issuer;
let google: Google;
beforeEach(async () => {
  issuer = await startIssuer({ claims: { environment: 'production' }, key: KEY });
  google = await startGoogle(googleTrust(issuer));
});
afterEach(async () => {
  await Promise.all([google.close(), issuer.close()]);
});

async function post(path: string, body: unknown, bearer?: string): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  };
  const response = await fetch(`${google.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function exchange(
  mint: MintOptions = {},
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await post('/v1/token', {
    audience: `//iam.googleapis.com/${PROVIDER}`,
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
    subjectToken: await issuer.mint({ audience: AUDIENCE, ...mint }),
    scope: IAM,
    ...fields,
  });
}

async function federated(scope = IAM): Promise<string> {
  return String((await exchange({}, { scope })).body['access_token']);
}

function impersonate(bearer: string, body: object = {}, account = ACCOUNT): Promise<Answer> {
  const path = `/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;
  return post(path, { scope: [SCOPE], lifetime: '3600s', ...body }, bearer);
}

describe('the exchange of the local Google STS', () => {
  it('gives a token that lives no longer than the ID token', async () => {
    const { status, body } = await exchange({ expiresIn: 60 });
    expect(status).toBe(200);
    expect(body['expires_in']).toBeLessThanOrEqual(60);
    const principal = google.principalOf(`Bearer ${body['access_token']}`);
    expect(principal).toMatchObject({ email: '', scopes: [IAM] });
    expect(principal?.members).toContain(REPOSITORY_SET);
  });

  it.each<[string, MintOptions, string]>([
    ['another audience', { audience: 'https://iam.googleapis.com/other' }, 'The audience in ID Token'],
    [
      'another issuer',
      { claims: { iss: 'https://token.actions.githubusercontent.com' } },
      'The issuer in ID Token',
    ],
    ['an expired token', { expiresIn: -30 }, 'is stale to sign-in'],
    ['a token without an expiry', { claims: { exp: undefined } }, 'cannot be verified'],
    ['another algorithm', { header: { alg: 'none' } }, 'cannot be verified'],
  ])('refuses %s', async (_what, mint, text) => {
    const { status, body } = await exchange(mint);
    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    expect(body['error_description']).toContain(text);
    expect(google.issued).toEqual([]);
  });

  it('refuses a key that is not published, and one that is no longer', async () => {
    const stranger = await exchange({ key: await newSigningKey(issuer.key().kid) });
    expect(stranger.body['error']).toBe('invalid_grant');
    const key = issuer.key();
    await issuer.rotate();
    expect((await exchange({ key })).body['error']).toBe('invalid_grant');
    expect((await exchange()).status).toBe(200);
  });

  it.each([
    ['another owner', { repository_owner_id: '999' }],
    ['another environment', { environment: 'staging' }],
  ])('refuses %s by the attribute condition', async (_what, claims) => {
    const { body } = await exchange({ claims });
    expect(body).toEqual({
      error: 'unauthorized_client',
      error_description: 'The given credential is rejected by the attribute condition.',
    });
  });

  it('takes a subject of 127 bytes and no longer one', async () => {
    google.trust(googleTrust(issuer, { mapping: { 'google.subject': (claims) => String(claims['sub']) } }));
    expect((await exchange({ claims: { sub: 'é'.repeat(63) } })).status).toBe(200);
    const { body } = await exchange({ claims: { sub: 'é'.repeat(64) } });
    expect(body['error_description']).toContain('google.subject exceeds the 127 bytes limit');
  });

  it.each([
    ['audience', '//iam.googleapis.com/projects/1/locations/global/x', 'invalid_target'],
    ['grantType', 'client_credentials', 'invalid_request'],
    ['requestedTokenType', 'urn:ietf:params:oauth:token-type:id_token', 'invalid_request'],
    ['subjectTokenType', 'urn:ietf:params:oauth:token-type:saml2', 'invalid_request'],
  ])('refuses another %s', async (name, value, error) => {
    expect((await exchange({}, { [name]: value })).body['error']).toBe(error);
  });
});

describe('the impersonation of the local IAM Credentials', () => {
  it('gives a token of the account', async () => {
    const { status, body } = await impersonate(await federated());
    expect(status).toBe(200);
    expect(google.principalOf(`Bearer ${body['accessToken']}`)).toMatchObject({
      email: ACCOUNT,
      scopes: [SCOPE],
    });
    const identity = await post('/tokeninfo', {}, String(body['accessToken']));
    expect(identity.body).toMatchObject({ email: ACCOUNT, scope: SCOPE });
  });

  it('refuses an unknown and an expired token', async () => {
    expect((await impersonate('ya29.unknown')).status).toBe(401);
    const short = (await exchange({ expiresIn: 1 })).body['access_token'];
    await expect.poll(async () => (await impersonate(String(short))).status, { timeout: 3_000 }).toBe(401);
    expect((await post('/tokeninfo', {}, String(short))).status).toBe(400);
  });

  it('refuses a token without the scope for it', async () => {
    const { status, body } = await impersonate(await federated(SCOPE));
    expect([status, body['error']]).toMatchObject([403, { status: 'PERMISSION_DENIED' }]);
  });

  it('refuses another repository than the bound one, and an account without a binding', async () => {
    const other = await exchange({ claims: { repository_id: '999' } });
    const denied = await impersonate(String(other.body['access_token']));
    expect(denied.body['error']).toMatchObject({
      code: 403,
      message: expect.stringContaining('getAccessToken'),
    });
    expect((await impersonate(await federated(), {}, 'other@acme.iam.gserviceaccount.com')).status).toBe(403);
  });

  it('goes over delegates only as far as each may act as the next', async () => {
    const [hop, last] = ['hop@acme.iam.gserviceaccount.com', 'last@acme.iam.gserviceaccount.com'];
    const trust = googleTrust(issuer);
    const bindings = [
      ...trust.bindings,
      { serviceAccount: hop, members: [`serviceAccount:${ACCOUNT}`] },
      { serviceAccount: last, members: [`serviceAccount:${hop}`] },
    ];
    google.trust({ ...trust, bindings });
    const token = await federated();
    const via = (...emails: string[]) =>
      impersonate(token, { delegates: emails.map((email) => `projects/-/serviceAccounts/${email}`) }, last);
    expect((await via(ACCOUNT, hop)).status).toBe(200);
    expect((await via(hop)).status).toBe(403);
    expect((await via(ACCOUNT)).status).toBe(403);
    expect((await via()).status).toBe(403);
  });

  it.each([
    ['longer than an hour', { lifetime: '3601s' }],
    ['in another unit', { lifetime: '60m' }],
    ['without a scope', { scope: [] }],
  ])('refuses a token %s', async (_what, body) => {
    expect((await impersonate(await federated(), body)).status).toBe(400);
  });
});
