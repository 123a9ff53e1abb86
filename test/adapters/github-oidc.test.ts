import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GithubOidcOptions, githubIdToken } from '../../src/adapters/github-oidc.ts';
import { PassportError } from '../../src/errors.ts';
import { type Issuer, type Reply, startIssuer } from '../support/issuer.ts';

let issuer: Issuer;
let masked: string[] = [];
const timing = { now: () => 0, sleep: async () => {}, random: () => 0 };

beforeEach(async () => {
  issuer = await startIssuer();
  masked = [];
});
afterEach(() => issuer.close());

function source(overrides: Partial<GithubOidcOptions> = {}) {
  return githubIdToken({
    requestUrl: issuer.requestUrl,
    requestToken: issuer.requestToken,
    issuer: issuer.issuer,
    mask: (secret) => void masked.push(secret),
    allowLoopback: true,
    timing,
    ...overrides,
  });
}

async function refusalOf(overrides: Partial<GithubOidcOptions> = {}): Promise<PassportError> {
  const error = await source(overrides)('a').then(
    () => new Error('a token was given'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PassportError)) throw error;
  expect(error.code).toBe('ERR_ID_TOKEN_UNAVAILABLE');
  expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain(issuer.requestToken);
  return error;
}

describe('githubIdToken', () => {
  it('asks for one audience with the bearer and returns the token', async () => {
    const token = await source()('dbt-passport/acme & co');
    expect(token.reveal()).toBe(issuer.issued[0]);
    expect(issuer.requests).toHaveLength(1);
    expect(issuer.requests[0]).toMatchObject({
      method: 'GET',
      authorization: `Bearer ${issuer.requestToken}`,
    });
    const query = [...(issuer.requests[0]?.query ?? [])];
    expect(query).toEqual([
      ['api-version', '2.0'],
      ['audience', 'dbt-passport/acme & co'],
    ]);
  });

  it('E01 a request URL that is not GitHub’s gets no bearer', async () => {
    const good = 'https://run-actions-1.actions.githubusercontent.com/idtoken?api-version=2.0';
    const forged = [
      'https://evil.example/idtoken',
      'https://token.actions.githubusercontent.com.evil.com/idtoken',
      'https://token.actions.githubusercontent.com@evil.com/idtoken',
      'https://evil.com#.actions.githubusercontent.com',
      good.replace('https', 'http'),
      good.replace('.com', '.com:8443'),
      good.replace('.com', '.com.'),
      'https://run.аctions.githubusercontent.com/idtoken',
      `${good}#x`,
      ` ${good}`,
      good.replace('/idtoken', '\\idtoken'),
      issuer.requestUrl,
      'not a URL',
    ];
    for (const requestUrl of forged) {
      const error = await refusalOf({ requestUrl, issuer: 'https://token.actions.githubusercontent.com' });
      expect(`${requestUrl} ${error.reason}`).toBe(`${requestUrl} OIDC_URL`);
      expect(error.hint).toContain('id-token: write');
    }
    expect(issuer.requests).toEqual([]);
  });

  it('E02 no permission: one of the variables is missing, even when the other is forged', async () => {
    for (const overrides of [{ requestUrl: undefined }, { requestToken: undefined }, { requestToken: '' }]) {
      const error = await refusalOf(overrides);
      expect(error.reason).toBe('OIDC_PERMISSION');
      expect(error.hint).toContain('permissions: id-token: write');
      expect(error.hint).toContain('fork');
    }
    expect(issuer.requests).toEqual([]);
  });

  it('E03 the bearer, the token and each of its parts are masked before the token is returned', async () => {
    const token = (await source()('a')).reveal();
    expect(masked).toEqual([issuer.requestToken, token, ...token.split('.')]);
  });

  it('E03 the bearer is masked before anything is sent', async () => {
    let requestsThen = -1;
    const mask = () => {
      if (requestsThen < 0) requestsThen = issuer.requests.length;
    };
    await source({ mask })('a');
    expect(requestsThen).toBe(0);
  });

  it.each([401, 403])('status %i is a refusal and is not tried again', async (status) => {
    issuer.answer('/token', { status, body: `{"message":"${issuer.requestToken}"}` });
    expect((await refusalOf()).reason).toBe('OIDC_REFUSED');
    expect(issuer.requests).toHaveLength(1);
  });

  it('tries 5xx again and then gives up', async () => {
    issuer.answer('/token', { status: 502 });
    expect((await refusalOf()).reason).toBe('OIDC_HTTP');
    expect(issuer.requests).toHaveLength(3);
  });

  it('does not follow a redirect with the bearer', async () => {
    const other = await startIssuer();
    issuer.answer('/token', { status: 302, headers: { location: other.requestUrl } });
    expect((await refusalOf()).reason).toBe('OIDC_HTTP');
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('refuses an answer without a token', async () => {
    for (const body of ['', 'no', 'null', '[]', '{}', '{"value":""}', '{"value":7}']) {
      const reply: Reply = { status: 200, body };
      issuer.answer('/token', reply);
      expect((await refusalOf()).reason).toBe('OIDC_REPLY');
    }
  });

  it('says so when a bearer cannot be sent, without showing it', async () => {
    const error = await refusalOf({ requestToken: 'secret\r\nx-evil: 1' });
    expect(error.message).not.toContain('secret');
    expect(error.reason).toBe('OIDC_HTTP');
  });
});
