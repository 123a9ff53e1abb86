import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { oauthTokens } from '../../src/adapters/oauth-token.ts';
import { CloudFault } from '../../src/credentials/cloud-fault.ts';
import { Secret } from '../../src/secret.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { type Issuer, newSigningKey, startIssuer } from '../support/issuer.ts';

const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';
let github: Issuer;
let idp: IdentityProvider;
const trust = () => ({ issuer: github.issuer, audience: 'https://idp.acme', subject: SUBJECT });

beforeAll(async () => {
  github = await startIssuer();
  idp = await startIdentityProvider({ trust: trust(), audience: 'warehouse', claims: { sub: 'dbt' } });
});
afterAll(async () => {
  await Promise.all([github.close(), idp.close()]);
});
beforeEach(() => {
  idp.requests.length = 0;
  idp.answer(undefined);
});

const exchange = async (
  change: Partial<Parameters<ReturnType<typeof oauthTokens>['oauthToken']>[0]> = {},
  token?: string,
) =>
  await oauthTokens({ databricks: 'http://127.0.0.1:1' }).oauthToken(
    {
      ...{ tokenUrl: idp.tokenUrl, grantType: 'token-exchange', clientId: 'dbt', scope: 'session:role:R' },
      ...{ audience: 'https://idp.acme', cloud: 'oauth', ...change },
    },
    new Secret(token ?? (await github.mint({ audience: 'https://idp.acme' }))),
  );

const faultOf = async (promise: Promise<unknown>): Promise<CloudFault> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CloudFault) return error;
  throw new Error(`expected a CloudFault, got ${inspect(error)}`);
};

describe('a token endpoint', () => {
  it.each(['token-exchange', 'jwt-bearer', 'client-assertion'] as const)(
    'gives an access token for %s',
    async (grantType) => {
      const before = Date.now();
      const { token, expiresAt, scope } = await exchange({ grantType });
      expect(token.reveal()).toBe(idp.issued.at(-1));
      expect(scope).toBe('session:role:R');
      expect(expiresAt.getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
      expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
      expect(idp.requests[0]?.get('client_id')).toBe('dbt');
    },
  );

  it.each([
    ['another subject', { claims: { environment: 'dev' } }, /"sub"/],
    ['another repository', { claims: { repository: 'octo-org/other' } }, /"sub"/],
    ['another audience', { audience: 'elsewhere' }, /"aud"/],
    ['an expired token', { expiresIn: -10 }, /"exp"/],
  ])('refuses %s after one request', async (_, options, said) => {
    const fault = await faultOf(
      exchange({}, await github.mint({ audience: 'https://idp.acme', ...options })),
    );
    expect(fault).toMatchObject({ status: 400, code: 'invalid_grant', transient: false });
    expect(fault.text).toMatch(said);
    expect(idp.requests).toHaveLength(1);
  });

  it('refuses a key that is not published any more', async () => {
    const key = await newSigningKey();
    const fault = await faultOf(exchange({}, await github.mint({ audience: 'https://idp.acme', key })));
    expect(fault).toMatchObject({ code: 'invalid_grant', transient: false });
  });

  it.each([
    [429, '{"error":"slow_down"}', true, 7_000],
    [503, 'busy', true, 7_000],
    [400, '{"error":"temporarily_unavailable"}', true, 7_000],
    [401, '{"error":"invalid_client"}', false, 7_000],
    [200, '{"access_token":"x","token_type":"mac","expires_in":60}', false, 0],
    [200, '{"access_token":"x","token_type":"bearer"}', false, 0],
    [200, '{"access_token":"x","token_type":"bearer","expires_in":"soon"}', false, 0],
    [200, '{"token_type":"bearer","expires_in":60}', false, 0],
    [200, '[]', false, 0],
    [302, '', false, 7_000],
  ])('takes status %i with %s as no token', async (status, body, transient, retryAfterMs) => {
    idp.answer({ status, body, headers: { 'retry-after': '7', location: 'https://elsewhere.example/' } });
    expect(await faultOf(exchange())).toMatchObject({ status, transient, retryAfterMs });
    expect(idp.requests).toHaveLength(1);
  });

  it('does not repeat a token that the answer echoes', async () => {
    const token = await github.mint();
    idp.answer({ status: 400, body: JSON.stringify({ error_description: `bad ${token}\n::x::` }) });
    const fault = await faultOf(exchange({}, token));
    expect(inspect(fault)).not.toContain(token);
    expect(fault.text).toBe('bad [secret]\\u000a::x::');
  });

  it('asks plain http of no one in a real run, and says that nobody answers', async () => {
    const request = {
      ...{ tokenUrl: idp.tokenUrl, grantType: 'jwt-bearer' as const, audience: 'a', cloud: 'oauth' as const },
    };
    const refused = await faultOf(oauthTokens({}).oauthToken(request, new Secret('t')));
    expect(refused).toMatchObject({ status: 0, transient: false });
    expect(idp.requests).toHaveLength(0);
    const silent = await faultOf(exchange({ tokenUrl: 'http://127.0.0.1:1/token' }));
    expect(silent).toMatchObject({ status: 0, transient: true });
  });
});
