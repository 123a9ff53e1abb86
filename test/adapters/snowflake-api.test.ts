import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snowflakeApi } from '../../src/adapters/snowflake-api.ts';
import { CloudFault } from '../../src/credentials/cloud-fault.ts';
import type { SnowflakeIdentityRequest } from '../../src/credentials/clouds.ts';
import { Secret } from '../../src/secret.ts';
import { type Issuer, type MintOptions, startIssuer } from '../support/issuer.ts';
import { type LoopbackServer, startLoopback } from '../support/loopback.ts';
import { type SnowflakeFront, startSnowflake } from '../support/snowflake.ts';

const REQUEST: SnowflakeIdentityRequest = {
  ...{ account: 'acme-warehouse', role: 'transformer', warehouse: 'w', tokenType: 'WORKLOAD_IDENTITY' },
};
const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';

const faultOf = async (promise: Promise<unknown>): Promise<CloudFault> => {
  const error: unknown = await promise.then(() => undefined).catch((thrown: unknown) => thrown);
  if (error instanceof CloudFault) return error;
  throw new Error(`expected a CloudFault, got ${inspect(error)}`);
};

describe('the login check against an account that verifies', () => {
  let issuer: Issuer;
  let front: SnowflakeFront;
  beforeEach(async () => {
    issuer = await startIssuer();
    const identity = {
      ...{ type: 'OIDC' as const, issuer: issuer.issuer, subject: SUBJECT, audiences: ['acme'] },
    };
    front = await startSnowflake({ trust: { users: [{ name: 'DBT', roles: ['TRANSFORMER'], identity }] } });
  });
  afterEach(async () => {
    await Promise.all([front.close(), issuer.close()]);
  });
  const check = async (options: MintOptions = {}, change: Partial<SnowflakeIdentityRequest> = {}) =>
    snowflakeApi({ snowflake: front.url }).snowflakeIdentity(
      { ...REQUEST, ...change },
      new Secret(await issuer.mint({ audience: 'acme', ...options })),
    );

  it('says who the token is, in one request', async () => {
    expect(await check()).toEqual({
      ...{ account: 'XY12345', accountName: 'ACME-WAREHOUSE', user: 'DBT', role: 'TRANSFORMER' },
      ...{ secondaryRoles: '{"roles":"","value":""}', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(front.requests).toEqual(['POST /api/v2/statements']);
  });

  it.each([
    [{ claims: { environment: 'dev' } }, {}, '394729', 'login', 401],
    [{ audience: 'other' }, {}, '394300', 'login', 401],
    [{ expiresIn: -10 }, {}, '394301', 'login', 401],
    [{}, { role: 'ACCOUNTADMIN' }, '390189', 'statement', 422],
    [{}, { tokenType: 'OAUTH' }, '390303', 'login', 401],
  ] as const)('gives the refusal of %j %j as it is', async (options, change, code, call, status) => {
    const fault = await faultOf(check(options, change));
    expect(fault).toMatchObject({ cloud: 'snowflake', code, call, status, transient: false });
    expect(front.requests).toHaveLength(1);
    expect(inspect(fault)).not.toContain(issuer.issued[0]);
  });
});

describe('the login check against odd answers', () => {
  let server: LoopbackServer;
  let reply: { status: number; body: string; headers?: Record<string, string> };
  let count: number;
  beforeEach(async () => {
    count = 0;
    server = await startLoopback((_, response) => {
      count += 1;
      response.writeHead(reply.status, reply.headers).end(reply.body);
    });
  });
  afterEach(() => server.close());
  const check = () =>
    snowflakeApi({ snowflake: server.url }).snowflakeIdentity(REQUEST, new Secret('header.payload.sig'));

  it.each([
    [202, '{"code":"333334"}', true],
    [429, '', true],
    [503, '<html>', true],
    [408, '{"code":"000630"}', true],
    [403, '{"code":"390422","message":"IP not allowed"}', false],
    [302, '', false],
    [200, '{"data":[]}', false],
    [200, '{"data":[["A","B","C","D"]]}', false],
    [200, '{"data":[["","B","C","D","E"]]}', false],
    [200, '{"data":[["A","B","","D","E"]]}', false],
    [200, '{"data":{"0":["A","B","C","D","E"]}}', false],
    [200, 'null', false],
  ])('takes status %i with %s as a fault', async (status, body, transient) => {
    reply = { status, body, headers: { 'retry-after': '3', 'x-snowflake-request-id': 'r' } };
    const fault = await faultOf(check());
    expect(fault).toMatchObject({ status, transient });
    if (status !== 200) expect(fault).toMatchObject({ retryAfterMs: 3000, requestId: 'r' });
    expect(count).toBe(1);
  });

  it('does not repeat a token, nor control characters', async () => {
    reply = { status: 401, body: JSON.stringify({ message: 'bad header.payload.sig\n::error::' }) };
    expect((await faultOf(check())).text).toBe('bad [secret]\\u000a::error::');
  });

  it('says that nobody answers', async () => {
    const nobody = snowflakeApi({ snowflake: 'http://127.0.0.1:1' });
    const fault = await faultOf(nobody.snowflakeIdentity(REQUEST, new Secret('t')));
    expect(fault).toMatchObject({ status: 0, transient: true });
  });
});
