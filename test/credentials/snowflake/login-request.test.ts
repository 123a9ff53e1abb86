import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { placeholderToken, relayedLogin } from '../../../src/credentials/snowflake/login-request.ts';
import { Secret } from '../../../src/secret.ts';

const placeholder = placeholderToken();
const DATA = {
  CLIENT_APP_ID: 'PythonConnector',
  ACCOUNT_NAME: 'acme-prod',
  LOGIN_NAME: 'somebody',
  AUTHENTICATOR: 'WORKLOAD_IDENTITY',
  PROVIDER: 'OIDC',
  TOKEN: placeholder.reveal(),
  SESSION_PARAMETERS: { QUERY_TAG: '{"run_id":"1"}' },
  SECONDARY_ROLES: 'ALL',
};

const login = (data: unknown, mint = async () => new Secret('fresh')) =>
  relayedLogin(typeof data === 'string' ? data : JSON.stringify({ data, inFlightCtx: 'x' }), {
    ...{ placeholder, user: 'dbt_prod', mint },
  });

describe('a placeholder token', () => {
  it('can be read as a JWT, and is another each time', () => {
    expect(decodeJwt(placeholder.reveal())).toMatchObject({ iss: 'dbt-passport', sub: 'login-relay' });
    expect(placeholderToken().reveal()).not.toBe(placeholder.reveal());
  });
});

describe('a relayed login', () => {
  it('gets a fresh token, the user of the grant and no secondary roles, and keeps the rest', async () => {
    const answer = await login(DATA);
    if (!('body' in answer)) throw new Error(answer.refusal);
    expect(JSON.parse(answer.body.reveal())).toEqual({
      inFlightCtx: 'x',
      data: { ...DATA, TOKEN: 'fresh', LOGIN_NAME: 'dbt_prod', SECONDARY_ROLES: 'NONE' },
    });
  });

  it.each([
    ['another token', { ...DATA, TOKEN: placeholderToken().reveal() }],
    ['more than the placeholder', { ...DATA, TOKEN: `${DATA.TOKEN} ` }],
    ['no token', { ...DATA, TOKEN: undefined }],
    ['the placeholder in a list', { ...DATA, TOKEN: [DATA.TOKEN] }],
    ['a password', { ...DATA, AUTHENTICATOR: 'SNOWFLAKE', PASSWORD: 'x' }],
    ['another provider', { ...DATA, PROVIDER: 'AWS' }],
    ['no data', undefined],
    ['a list', []],
    ['no JSON', '{'],
    ['null', 'null'],
  ])('refuses %s without asking for a token', async (_, data) => {
    const answer = await login(data, async () => {
      throw new Error('a token was asked for');
    });
    expect(answer).toEqual({ refusal: expect.stringContaining('only logins of this run') });
  });

  it('says why there is no token as it is explained, where somebody can tell', async () => {
    const answer = await relayedLogin(JSON.stringify({ data: DATA }), {
      placeholder: new Secret(DATA.TOKEN),
      user: 'DBT',
      mint: () => Promise.reject(new Error('status 503')),
      explain: () => 'GitHub did not answer. Run the job again.',
    });
    expect(answer).toEqual({
      refusal: expect.stringMatching(/: GitHub did not answer\. Run the job again\.$/),
    });
  });

  it('says why there is no token', async () => {
    const answer = await login(DATA, async () => {
      throw new Error('GitHub answered\n503');
    });
    expect(answer).toEqual({
      refusal: 'dbt-passport could not get a fresh ID token for this login: GitHub answered\\u000a503',
    });
  });
});
