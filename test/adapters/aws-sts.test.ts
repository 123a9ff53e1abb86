import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awsSts, regionalEndpoint } from '../../src/adapters/aws-sts.ts';
import { CloudFault } from '../../src/credentials/cloud-fault.ts';
import type { AssumeRoleRequest, WebIdentityRequest } from '../../src/credentials/clouds.ts';
import { Secret } from '../../src/secret.ts';
import { ACCOUNT, NEXT_ROLE_ARN, ROLE_ARN, SUBJECT, startAwsAccount } from '../support/aws-account.ts';
import type { AwsSts } from '../support/aws-sts.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { type LoopbackServer, startLoopback } from '../support/loopback.ts';
import { describeWith } from '../support/tools.ts';

const REQUEST: WebIdentityRequest = {
  region: 'eu-central-1',
  roleArn: ROLE_ARN,
  sessionName: 'gh-456789-1746933707-1',
  durationSeconds: 900,
  policyArns: [],
};
const TOKEN = new Secret('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl');

async function faultOf(call: Promise<unknown>): Promise<CloudFault> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CloudFault);
  return error as CloudFault;
}

describeWith(['moto'], 'awsSts, against the verifying front', () => {
  let issuer: Issuer;
  let front: AwsSts;
  beforeAll(async () => {
    issuer = await startIssuer({ claims: { environment: 'production' } });
    front = await startAwsAccount(issuer);
  }, 60_000);
  afterAll(async () => {
    await front?.close();
    await issuer?.close();
  });
  const token = async () => new Secret(await issuer.mint({ audience: 'sts.amazonaws.com' }));

  it('exchanges the token for a session, and that for one of the next role with tags', async () => {
    const sts = awsSts({ sts: front.url });
    const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
    const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/Other'];
    const first = await sts.assumeRoleWithWebIdentity({ ...REQUEST, policy, policyArns }, await token());
    expect(first).toMatchObject({
      assumedRoleArn: `arn:aws:sts::${ACCOUNT}:assumed-role/passport/gh-456789-1746933707-1`,
      subject: SUBJECT,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(JSON.stringify(first)).not.toContain(first.keys.secretAccessKey.reveal());
    expect(Math.abs(first.expiresAt.getTime() - Date.now() - 900_000)).toBeLessThan(5_000);
    expect(front.requests.at(-1)?.parameters).toMatchObject({
      Policy: policy,
      'PolicyArns.member.2.arn': 'arn:aws:iam::aws:policy/Other',
      DurationSeconds: '900',
    });

    const next: AssumeRoleRequest = {
      ...REQUEST,
      roleArn: NEXT_ROLE_ARN,
      externalId: 'passport',
      tags: { environment: 'production' },
      sourceIdentity: REQUEST.sessionName,
    };
    const second = await sts.assumeRole(next, first.keys);
    expect(second.assumedRoleArn).toContain(':assumed-role/warehouse/');
    expect(front.issued.at(-1)).toMatchObject({
      tags: { environment: 'production' },
      sourceIdentity: REQUEST.sessionName,
    });
  });

  it('makes one call for a refusal, and gives its words without the token', async () => {
    const before = front.requests.length;
    const given = await token();
    const other = { ...REQUEST, roleArn: NEXT_ROLE_ARN };
    const fault = await faultOf(awsSts({ sts: front.url }).assumeRoleWithWebIdentity(other, given));
    expect(fault).toMatchObject({
      cloud: 'aws',
      call: 'AssumeRoleWithWebIdentity',
      status: 403,
      code: 'AccessDenied',
      text: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      transient: false,
    });
    expect(fault.requestId).not.toBe('');
    expect(front.requests.length).toBe(before + 1);
  });
});

describe('regionalEndpoint', () => {
  it.each([
    ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn'],
  ])('%s', (region, endpoint) => {
    expect(regionalEndpoint(region)).toBe(endpoint);
  });
});

describe('awsSts, against answers of AWS', () => {
  let server: LoopbackServer;
  let reply: { status: number; body: string; headers?: Record<string, string> };
  let calls = 0;
  beforeEach(async () => {
    calls = 0;
    server = await startLoopback((_, response) => {
      calls += 1;
      response.writeHead(reply.status, { 'content-type': 'text/xml', ...reply.headers });
      response.end(reply.body);
    });
  });
  afterEach(() => server.close());
  const error = (code: string, message: string) =>
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`;
  const call = () => faultOf(awsSts({ sts: server.url }).assumeRoleWithWebIdentity(REQUEST, TOKEN));

  it.each([
    ['AccessDenied', 403, '', false],
    ['IDPRejectedClaim', 403, '', false],
    ['InvalidIdentityToken', 400, 'No OpenIDConnect provider found in your account', false],
    ['InvalidIdentityToken', 400, "Couldn't retrieve verification key from your identity provider", true],
    ['ExpiredTokenException', 400, 'Token expired', true],
    ['IDPCommunicationError', 400, '', true],
    ['Throttling', 400, 'Rate exceeded', true],
    ['ThrottlingException', 400, 'Rate exceeded', true],
    ['MalformedPolicyDocument', 400, '', false],
    ['PackedPolicyTooLarge', 400, '', false],
    ['RegionDisabledException', 403, '', false],
    ['ValidationError', 400, '', false],
    ['InternalFailure', 500, '', true],
    ['ServiceUnavailable', 503, '', true],
  ])('%s (%i) %s: transient %s, after one request', async (code, status, message, transient) => {
    reply = { status, body: error(code, message) };
    const fault = await call();
    expect(fault).toMatchObject({ status, transient });
    expect(fault.code.replace(/Exception$/, '')).toBe(code.replace(/Exception$/, ''));
    expect(calls).toBe(1);
  });

  it('never shows the token, whole or cut, and makes the rest plain', async () => {
    const cut = TOKEN.reveal().slice(0, 30);
    const text = `Value '${TOKEN.reveal()}' and ${cut}… at 'webIdentityToken'&#10;::error::x`;
    reply = { status: 400, body: error('ValidationError', text) };
    const fault = await call();
    expect(fault.message).not.toContain('eyJ');
    expect(fault.text).toContain("Value '[secret]' and [secret]… at");
    expect(fault.text).not.toContain('\n');
    expect(JSON.stringify(fault)).not.toContain(cut);
  });

  it('says how long AWS asks to wait', async () => {
    reply = { status: 503, body: error('ServiceUnavailable', ''), headers: { 'retry-after': '7' } };
    expect(await call()).toMatchObject({ retryAfterMs: 7000, transient: true });
  });

  it.each([
    ['a page of a proxy', 502, '<html>bad gateway</html>', true],
    ['no credentials', 200, '<AssumeRoleWithWebIdentityResponse xmlns="x"/>', false],
  ])('%s is a fault', async (_, status, body, transient) => {
    reply = { status, body };
    expect(await call()).toMatchObject({ transient });
    expect(calls).toBe(1);
  });

  it('nobody there: a passing fault that says so', async () => {
    await server.close();
    const fault = await call();
    expect(fault).toMatchObject({ status: 0, code: '', transient: true });
    expect(fault.text).toContain('ECONNREFUSED');
    server = await startLoopback(() => {});
  });

  const session = (expiration: string) =>
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>arn:x</Arn><AssumedRoleId>i</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;

  it.each([
    ['no XML', '{"secret":1}'],
    ['an end of the session that is no time', session('soon')],
    ['no end of the session', session('')],
    ['more than any session has', `${session('2026-11-22T08:00:00Z')}${' '.repeat(100_000)}`],
  ])('%s with status 200 is a fault that does not pass', async (_, body) => {
    reply = { status: 200, body };
    expect(await call()).toMatchObject({ transient: false });
    expect(calls).toBe(1);
  });

  it('follows no redirect with the token', async () => {
    reply = { status: 307, body: '', headers: { location: `${server.url}/elsewhere` } };
    expect(await call()).toMatchObject({ status: 307, transient: false });
    expect(calls).toBe(1);
  });

  it('does not read for ever from an answer that never ends', async () => {
    let sent = 0;
    const endless = await startLoopback((_, response) => {
      response.on('error', () => {});
      const timer = setInterval(() => {
        sent += 16_384;
        response.write('x'.repeat(16_384));
      }, 5);
      response.on('close', () => clearInterval(timer));
    });
    const fault = await faultOf(awsSts({ sts: endless.url }).assumeRoleWithWebIdentity(REQUEST, TOKEN));
    await endless.close();
    expect(fault).toMatchObject({ status: 0, transient: false });
    expect(fault.text).toContain('larger than');
    expect(sent).toBeLessThan(5_000_000);
  });

  it('keys and settings of the environment do nothing: the token is the only proof', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIAAMBIENT';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'ambient';
    process.env['AWS_USE_FIPS_ENDPOINT'] = 'true';
    let authorization: string | undefined;
    let requests = 0;
    const seen = await startLoopback((request, response) => {
      requests += 1;
      authorization = request.headers.authorization;
      response.writeHead(403, { 'content-type': 'text/xml' }).end(error('AccessDenied', ''));
    });
    await faultOf(awsSts({ sts: seen.url }).assumeRoleWithWebIdentity(REQUEST, TOKEN));
    await seen.close();
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    delete process.env['AWS_USE_FIPS_ENDPOINT'];
    expect([requests, authorization]).toEqual([1, undefined]);
  });
});
