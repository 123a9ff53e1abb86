import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { googleTokens } from '../../src/adapters/google-tokens.ts';
import { impersonation } from '../../src/adapters/iam-credentials.ts';
import { CloudFault } from '../../src/credentials/cloud-fault.ts';
import type { Clouds } from '../../src/credentials/clouds.ts';
import { Secret } from '../../src/secret.ts';
import { type Google, startGoogle } from '../support/google.ts';
import type { GoogleReply } from '../support/google-state.ts';
import { ACCOUNT, googleTrust, PROVIDER, SCOPE } from '../support/google-trust.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { startLoopback } from '../support/loopback.ts';

const IAM = 'https://www.googleapis.com/auth/iam';
const EXCHANGE = { audience: `//iam.googleapis.com/${PROVIDER}`, scopes: [IAM] };
const IMPERSONATION = {
  serviceAccount: ACCOUNT,
  delegates: [],
  scopes: [SCOPE],
  lifetimeSeconds: 1800,
  reason: 'dbt-passport run=1/1',
};

let issuer: Issuer;
let google: Google;
let clouds: ReturnType<typeof googleTokens>;
beforeEach(async () => {
  issuer = await startIssuer({ claims: { environment: 'production' } });
  google = await startGoogle(googleTrust(issuer));
  clouds = googleTokens({ googleSts: google.url, iamCredentials: google.url, googleOauth: google.url });
});
afterEach(async () => {
  await Promise.all([google.close(), issuer.close()]);
});

async function idToken(claims = {}): Promise<Secret> {
  return new Secret(await issuer.mint({ audience: `https://iam.googleapis.com/${PROVIDER}`, claims }));
}
const federated = async () => (await clouds.googleExchange(EXCHANGE, await idToken())).token;
const faultOf = (call: Promise<unknown>): Promise<CloudFault> =>
  call.then(
    () => {
      throw new Error('expected a fault');
    },
    (error: unknown) => {
      if (!(error instanceof CloudFault)) throw error;
      return error;
    },
  );
const secondsLeft = (expiresAt: Date) => (expiresAt.getTime() - Date.now()) / 1000;

describe('the exchange', () => {
  it('hands in the token and gets one of the scopes', async () => {
    const { token, expiresAt } = await clouds.googleExchange(EXCHANGE, await idToken());
    expect(google.principalOf(`Bearer ${token.reveal()}`)?.scopes).toEqual([IAM]);
    expect(secondsLeft(expiresAt)).toBeGreaterThan(290);
    expect(secondsLeft(expiresAt)).toBeLessThanOrEqual(300);
  });

  it('says why Google refuses, after one request and without the token', async () => {
    const token = await idToken({ environment: 'staging' });
    const fault = await faultOf(clouds.googleExchange(EXCHANGE, token));
    expect(fault).toMatchObject({
      ...{ cloud: 'google', call: 'token exchange', status: 400, code: 'unauthorized_client' },
      ...{ text: 'The given credential is rejected by the attribute condition.', transient: false },
    });
    expect(google.requests).toHaveLength(1);
  });

  it('cuts the token out of what Google says', async () => {
    const token = await idToken();
    const body = { error: 'invalid_grant', error_description: `bad token ${token.reveal()}` };
    google.answer('token', () => ({ status: 400, body }));
    expect((await faultOf(clouds.googleExchange(EXCHANGE, token))).text).toBe('bad token [secret]');
  });

  it.each<[string, GoogleReply, object]>([
    ['too many requests', reply(429, {}, { 'retry-after': '7' }), { transient: true, retryAfterMs: 7000 }],
    ['a fault of the service', reply(503, {}), { transient: true, status: 503 }],
    [
      'keys that Google could not fetch',
      reply(400, {
        error: 'invalid_grant',
        error_description: "Error connecting to the given credential's issuer.",
      }),
      { transient: true },
    ],
    [
      'an unknown provider',
      reply(400, { error: 'invalid_target' }),
      { transient: false, code: 'invalid_target' },
    ],
    ['an answer without a token', reply(200, { expires_in: 300 }), { transient: false, status: 200 }],
    ['a token without a life', reply(200, { access_token: 'x' }), { transient: false }],
    ['a token of no life', reply(200, { access_token: 'x', expires_in: 0 }), { transient: false }],
  ])('knows %s', async (_what, answer, expected) => {
    google.answer('token', () => answer);
    expect(await faultOf(clouds.googleExchange(EXCHANGE, await idToken()))).toMatchObject(expected);
    expect(google.requests).toHaveLength(1);
  });

  it('takes no answer for a passing fault', async () => {
    const token = await idToken();
    await google.close();
    expect(await faultOf(clouds.googleExchange(EXCHANGE, token))).toMatchObject({
      status: 0,
      transient: true,
    });
    google = await startGoogle(googleTrust(issuer));
  });
});

function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): GoogleReply {
  return { status, body, headers };
}

const WAYS: readonly (readonly [string, () => Clouds['impersonate']])[] = [
  ["by Google's client", () => clouds.impersonate],
  [
    'without the client, where it cannot be loaded',
    () => impersonation(google.url, true, () => Promise.reject(new Error('no such file'))),
  ],
  [
    'without the client, where it gives up before the request',
    () =>
      impersonation(google.url, true, async () => ({
        generateAccessToken: () => Promise.reject(new Error('not supported here')),
      })),
  ],
];

it('the impersonation sends its token to no other host, whatever the client was told', async () => {
  const elsewhere: string[] = [];
  const other = await startLoopback((request, response) => {
    elsewhere.push(request.url ?? '');
    response.end('{}');
  });
  const call = impersonation(google.url, true, async () => ({
    generateAccessToken: async (_origin, _request, _token, send) =>
      void (await send(`${other.url}/v1/x`, {})),
  }));
  const { token } = await call(IMPERSONATION, await federated());
  await other.close();
  expect(token.reveal()).not.toBe('');
  expect(elsewhere).toEqual([]);
});

it('an odd answer of Google is a fault like any other', async () => {
  google.answer('token', () => ({ status: 400, body: { error: 'e', error_description: { toString: 1 } } }));
  const fault = await faultOf(clouds.googleExchange(EXCHANGE, await idToken()));
  expect(fault).toMatchObject({ status: 400, code: 'e', text: 'HTTP status 400' });
});

describe.each(WAYS)('the impersonation, %s', (_way, impersonate) => {
  it('asks for scopes, life and a reason, and reads the token', async () => {
    const { token, expiresAt } = await impersonate()(IMPERSONATION, await federated());
    expect(google.principalOf(`Bearer ${token.reveal()}`)).toMatchObject({ email: ACCOUNT, scopes: [SCOPE] });
    expect(secondsLeft(expiresAt)).toBeGreaterThan(1790);
    expect(secondsLeft(expiresAt)).toBeLessThanOrEqual(1800);
    const [request] = google.calls('generateAccessToken');
    expect(request?.headers['x-goog-request-reason']).toBe('dbt-passport run=1/1');
  });

  it('names the delegates in order', async () => {
    const delegates = ['a@acme.iam.gserviceaccount.com', 'b@acme.iam.gserviceaccount.com'];
    const trust = googleTrust(issuer);
    const [first, second] = delegates.map((email) => `serviceAccount:${email}`);
    const members = trust.bindings[0]?.members ?? [];
    google.trust({
      ...trust,
      bindings: [
        { serviceAccount: delegates[0] ?? '', members },
        { serviceAccount: delegates[1] ?? '', members: [first ?? ''] },
        { serviceAccount: ACCOUNT, members: [second ?? ''] },
      ],
    });
    const { token } = await impersonate()({ ...IMPERSONATION, delegates }, await federated());
    expect(google.principalOf(`Bearer ${token.reveal()}`)?.email).toBe(ACCOUNT);
  });

  it('says why Google refuses, after one request', async () => {
    const request = { ...IMPERSONATION, serviceAccount: 'other@acme.iam.gserviceaccount.com' };
    expect(await faultOf(impersonate()(request, await federated()))).toMatchObject({
      ...{ call: 'generateAccessToken', status: 403, code: 'PERMISSION_DENIED', transient: false },
      text: expect.stringContaining("'iam.serviceAccounts.getAccessToken' denied"),
    });
    expect(google.calls('generateAccessToken')).toHaveLength(1);
  });

  it.each<[string, GoogleReply, object]>([
    ['too many requests', reply(429, {}, { 'retry-after': '3' }), { transient: true, retryAfterMs: 3000 }],
    [
      'a fault of the service',
      reply(503, { error: { status: 'UNAVAILABLE', message: 'later' } }),
      { transient: true },
    ],
    [
      'an expired token',
      reply(401, { error: { status: 'UNAUTHENTICATED' } }),
      { transient: false, status: 401 },
    ],
    ['an answer without a token', reply(200, {}), { transient: false, status: 200 }],
    ['an answer that is no JSON object', reply(200, 'token'), { transient: false, status: 200 }],
    ['a token without an expiry', reply(200, { accessToken: 'x', expireTime: 'soon' }), { transient: false }],
  ])('knows %s, after one request', async (_what, answer, expected) => {
    const token = await federated();
    google.answer('generateAccessToken', () => answer);
    expect(await faultOf(impersonate()(IMPERSONATION, token))).toMatchObject(expected);
    expect(google.calls('generateAccessToken')).toHaveLength(1);
  });

  it('takes no answer for a passing fault', async () => {
    const [token, call] = [await federated(), impersonate()];
    await google.close();
    expect(await faultOf(call(IMPERSONATION, token))).toMatchObject({ status: 0, transient: true });
    google = await startGoogle(googleTrust(issuer));
  });
});

describe('the check of the identity', () => {
  it('asks whom a token is for, with the token in no address', async () => {
    const { token } = await clouds.impersonate(IMPERSONATION, await federated());
    expect(await clouds.googleIdentity(token)).toEqual({ email: ACCOUNT, scopes: [SCOPE] });
    expect(google.calls('tokeninfo').map(({ url }) => url)).toEqual(['/tokeninfo']);
  });

  it('names no account for a federated principal', async () => {
    expect(await clouds.googleIdentity(await federated())).toEqual({ email: '', scopes: [IAM] });
  });

  it('refuses a token that Google does not know, and an answer without scopes', async () => {
    const unknown = new Secret('ya29.unknown');
    expect(await faultOf(clouds.googleIdentity(unknown))).toMatchObject({
      ...{ call: 'tokeninfo', status: 400, code: 'invalid_token', transient: false },
    });
    google.answer('tokeninfo', () => reply(200, { email: ACCOUNT }));
    expect(await faultOf(clouds.googleIdentity(unknown))).toMatchObject({ status: 200, transient: false });
  });
});

it('sends nothing over plain http when no service on this machine is named', async () => {
  const call = impersonation(google.url, false)(IMPERSONATION, new Secret('ya29.x'));
  expect(await faultOf(call)).toMatchObject({ status: 0, transient: false });
  expect(google.requests).toEqual([]);
});
