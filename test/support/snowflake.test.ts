import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';
import { type Issuer, type MintOptions, newSigningKey, startIssuer } from './issuer.ts';
import { type SnowflakeFront, startSnowflake } from './snowflake.ts';

const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';
const AUDIENCE = 'dbt.acme';
let issuer: Issuer;
let idp: IdentityProvider;
let front: SnowflakeFront;

beforeAll(async () => {
  issuer = await startIssuer();
  idp = await startIdentityProvider({
    trust: { issuer: issuer.issuer, audience: 'https://idp.acme', subject: SUBJECT },
    audience: 'https://xy12345.snowflakecomputing.com',
    claims: { sub: 'dbt@acme' },
  });
});
afterAll(async () => {
  await Promise.all([issuer.close(), idp.close()]);
});
beforeEach(async () => {
  const identity = { type: 'OIDC' as const, issuer: issuer.issuer, subject: SUBJECT, audiences: [AUDIENCE] };
  front = await startSnowflake({
    trust: {
      users: [
        { name: 'DBT_PROD', roles: ['TRANSFORMER', 'REPORTER'], identity },
        { name: 'DBT_IDP', roles: ['TRANSFORMER'], identity: { type: 'OAUTH', subject: 'dbt@acme' } },
      ],
      oauth: { issuer: idp.issuer, audience: 'https://xy12345.snowflakecomputing.com' },
    },
    lifeSeconds: 0.3,
    masterSeconds: 1,
  });
});
afterEach(() => front.close());

const mint = (options: MintOptions = {}) => issuer.mint({ audience: AUDIENCE, ...options });

async function post(path: string, body: unknown, token = ''): Promise<Record<string, unknown>> {
  const response = await fetch(`${front.url}${path}`, {
    method: 'POST',
    headers: { ...(token && { authorization: `Snowflake Token="${token}"` }) },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
}

const logIn = (token: string, change: object = {}, role = 'TRANSFORMER') =>
  post(`/session/v1/login-request?request_id=${randomUUID()}&roleName=${role}`, {
    data: {
      AUTHENTICATOR: 'WORKLOAD_IDENTITY',
      PROVIDER: 'OIDC',
      LOGIN_NAME: 'dbt_prod',
      TOKEN: token,
      ...change,
    },
  });

async function statement(token: string, type: string, role = 'transformer') {
  const statement =
    "SELECT CURRENT_ACCOUNT(), CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME(), CURRENT_USER(), CURRENT_ROLE(), CURRENT_SECONDARY_ROLES()";
  const response = await fetch(`${front.url}/api/v2/statements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-snowflake-authorization-token-type': type },
    body: JSON.stringify({ statement, role }),
  });
  return {
    status: response.status,
    ...((await response.json()) as { code?: string; data?: unknown; message?: string }),
  };
}

describe('the login of a driver', () => {
  it('takes a token of the trusted subject and opens a session with the role', async () => {
    const reply = await logIn(await mint());
    expect(reply).toMatchObject({
      success: true,
      data: { validityInSeconds: 0.3, masterValidityInSeconds: 1, sessionInfo: { roleName: 'TRANSFORMER' } },
    });
    expect(front.sessions).toMatchObject([{ user: 'DBT_PROD', role: 'TRANSFORMER', closed: false }]);
  });

  it.each([
    ['another environment', { claims: { environment: 'dev' } }, '394729'],
    ['another repository', { claims: { repository: 'octo-org/other' } }, '394729'],
    ['a repository that took over the name', { claims: { repository_id: '99' } }, '394729'],
    ['another issuer', { claims: { iss: 'https://token.actions.githubusercontent.com' } }, '394729'],
    ['another audience', { audience: 'snowflakecomputing.com' }, '394300'],
    ['an expired token', { expiresIn: -10 }, '394301'],
    ['another algorithm', { header: { alg: 'none' } }, '394300'],
  ])('refuses %s', async (_, options, code) => {
    expect(await logIn(await mint(options))).toMatchObject({ success: false, code });
    expect(front.logins.map(({ outcome }) => outcome)).toEqual([code]);
    expect(front.sessions).toEqual([]);
  });

  it('prints the subject that came', async () => {
    const reply = await logIn(await mint({ claims: { environment: 'dev' } }));
    expect(String(reply['message'])).toContain('repo:octo-org@123456/jaffle-shop@456789:environment:dev');
  });

  it('refuses a key that is not published any more', async () => {
    const key = await newSigningKey();
    expect(await logIn(await mint({ key }))).toMatchObject({ code: '394300' });
  });

  it('refuses another user, a role that is not granted, and a password', async () => {
    expect(await logIn(await mint(), { LOGIN_NAME: 'ADMIN' })).toMatchObject({ code: '390100' });
    expect(await logIn(await mint(), {}, 'ACCOUNTADMIN')).toMatchObject({ code: '390189' });
    expect(await logIn('', { AUTHENTICATOR: 'SNOWFLAKE', PASSWORD: 'x' })).toMatchObject({ code: '390100' });
    expect(await logIn('no token')).toMatchObject({ code: '394300' });
  });
});

describe('a session', () => {
  it('expires, is renewed with its master token, and is closed once', async () => {
    const { data } = await logIn(await mint());
    const { token, masterToken } = data as { token: string; masterToken: string };
    expect(await post('/session/heartbeat', null, token)).toMatchObject({ success: true });
    await expect.poll(() => post('/session/heartbeat', null, token)).toMatchObject({ code: '390112' });
    const renewed = await post('/session/token-request', { oldSessionToken: token }, masterToken);
    const next = String(Object(renewed['data'])['sessionToken']);
    expect(await post('/session?delete=true', {}, next)).toMatchObject({ success: true });
    expect(front.sessions).toMatchObject([{ closed: true, renewals: 1 }]);
    expect(await post('/session/heartbeat', null, next)).toMatchObject({ code: '390104' });
    expect(await post('/session/heartbeat', null, 'made up')).toMatchObject({ code: '390104' });
  });

  it('is over with its master token', async () => {
    const { data } = await logIn(await mint());
    const { masterToken } = data as { masterToken: string };
    front.setLife(0.1);
    await new Promise((done) => setTimeout(done, 1_050));
    expect(await post('/session/token-request', {}, masterToken)).toMatchObject({ code: '390114' });
  });
});

describe('the SQL API', () => {
  it('says who is asking, in which role, without secondary roles', async () => {
    expect(await statement(`WIF.OIDC.${await mint()}`, 'WORKLOAD_IDENTITY_FEDERATION')).toMatchObject({
      status: 200,
      data: [['XY12345', 'ACME-WAREHOUSE', 'DBT_PROD', 'TRANSFORMER', '{"roles":"","value":""}']],
    });
  });

  it('refuses with the codes of the drivers, under HTTP status codes', async () => {
    const dev = await mint({ claims: { environment: 'dev' } });
    expect(await statement(`WIF.OIDC.${dev}`, 'WORKLOAD_IDENTITY_FEDERATION')).toMatchObject({
      status: 401,
      code: '394729',
    });
    const token = `WIF.OIDC.${await mint()}`;
    expect(await statement(token, 'WORKLOAD_IDENTITY_FEDERATION', 'SYSADMIN')).toMatchObject({
      status: 422,
      code: '390189',
    });
    expect(await statement(token, 'OAUTH')).toMatchObject({ status: 401, code: '390303' });
  });

  it('takes an access token of the other identity provider for the roles in its scope', async () => {
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: await issuer.mint({ audience: 'https://idp.acme' }),
      scope: 'session:role:TRANSFORMER',
    };
    const answer = await fetch(idp.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(await statement(token, 'OAUTH')).toMatchObject({ status: 200 });
    expect(await statement(token, 'OAUTH', 'REPORTER')).toMatchObject({ status: 401, code: '390317' });
    expect(await statement(await mint(), 'OAUTH')).toMatchObject({ status: 401, code: '390303' });
    idp.setLife(-5);
    const late = await (
      await fetch(idp.tokenUrl, { method: 'POST', body: new URLSearchParams(form) })
    ).json();
    expect(await statement(Object(late).access_token, 'OAUTH')).toMatchObject({
      status: 401,
      code: '390318',
    });
  });
});
