import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACCOUNT, NEXT_ROLE_ARN, ROLE_ARN, startAwsAccount } from './aws-account.ts';
import type { SignedRequest } from './aws-signature.ts';
import type { AwsSts } from './aws-sts.ts';
import { type Issuer, newSigningKey, startIssuer } from './issuer.ts';
import { describeWith } from './tools.ts';

const SESSION = 'gh-456789-1746933707-1';

describeWith(['moto'], 'the STS front', () => {
  let issuer: Issuer;
  let sts: AwsSts;
  beforeAll(async () => {
    issuer = await startIssuer({ claims: { environment: 'production' } });
    sts = await startAwsAccount(issuer);
  }, 60_000);
  afterAll(async () => {
    await sts?.close();
    await issuer?.close();
  });

  const assume = async (token: string, more: Record<string, string> = {}) => {
    const form = { RoleArn: ROLE_ARN, RoleSessionName: SESSION, WebIdentityToken: token, ...more };
    const body = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', ...form });
    const answer = await fetch(sts.url, { method: 'POST', body });
    const xml = await answer.text();
    const part = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(xml)?.[1] ?? '';
    return { status: answer.status, code: part('Code'), message: part('Message'), part };
  };
  const mint = (options: Parameters<Issuer['mint']>[0] = {}) =>
    issuer.mint({ audience: 'sts.amazonaws.com', ...options });
  const session = async (more: Record<string, string> = {}) => {
    const { part } = await assume(await mint(), more);
    return {
      accessKeyId: part('AccessKeyId'),
      secretAccessKey: part('SecretAccessKey'),
      sessionToken: part('SessionToken'),
    };
  };
  const client = (credentials: Awaited<ReturnType<typeof session>>) =>
    new STSClient({ region: 'eu-central-1', endpoint: sts.url, credentials, maxAttempts: 1 });

  it('issues a session to the trusted subject, which moto knows by its signature', async () => {
    const { Arn } = await client(await session()).send(new GetCallerIdentityCommand());
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/passport/${SESSION}`);
    expect(sts.requests.at(-1)).toMatchObject({ action: 'AssumeRoleWithWebIdentity', outcome: 'issued' });
    expect(JSON.stringify(sts.requests)).not.toContain('eyJ');
  });

  it.each([
    ['another environment', { claims: { environment: 'development' } }, 'AccessDenied'],
    ['another repository', { claims: { repository: 'octo-org/x', repository_id: '1' } }, 'AccessDenied'],
    ['another audience', { audience: 'sigstore' }, 'InvalidIdentityToken'],
    ['an expired token', { expiresIn: -60 }, 'ExpiredTokenException'],
    ['another issuer', { claims: { iss: 'https://example.com' } }, 'InvalidIdentityToken'],
  ])('refuses %s', async (_, options, code) => {
    expect(await assume(await mint(options))).toMatchObject({ code });
  });

  it('refuses a key that the issuer does not publish, and one it has revoked', async () => {
    const foreign = await mint({ key: await newSigningKey() });
    expect(await assume(foreign)).toMatchObject({ code: 'InvalidIdentityToken', status: 400 });
    const revoked = await mint();
    await issuer.rotate();
    expect(await assume(revoked)).toMatchObject({ code: 'InvalidIdentityToken' });
    expect(await assume(await mint())).toMatchObject({ status: 200 });
  });

  it.each([
    ['a role that trusts nobody of this kind', { RoleArn: NEXT_ROLE_ARN }, 'AccessDenied'],
    ['a role that is not there', { RoleArn: `${ROLE_ARN}-2` }, 'AccessDenied'],
    ['a session name of other characters', { RoleSessionName: 'a b' }, 'ValidationError'],
    ['a life over that of the role', { DurationSeconds: '7200' }, 'ValidationError'],
    ['a life that is too short', { DurationSeconds: '899' }, 'ValidationError'],
    ['a policy that is too long', { Policy: ' '.repeat(2049) }, 'ValidationError'],
    ['a policy that is none', { Policy: '{"Statement":1}' }, 'MalformedPolicyDocument'],
  ])('refuses %s', async (_, more: Record<string, string>, code) => {
    expect(await assume(await mint(), more)).toMatchObject({ code });
  });

  it('lets the second hop pass with the right external id, and takes tags and source identity', async () => {
    const first = client(await session());
    const next = { RoleArn: NEXT_ROLE_ARN, RoleSessionName: SESSION, SourceIdentity: SESSION };
    const Tags = [{ Key: 'environment', Value: 'production' }];
    await expect(
      first.send(new AssumeRoleCommand({ ...next, Tags, ExternalId: 'other' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    await first.send(new AssumeRoleCommand({ ...next, Tags, ExternalId: 'passport' }));
    expect(sts.issued.at(-1)).toMatchObject({
      roleArn: NEXT_ROLE_ARN,
      sourceIdentity: SESSION,
      tags: { environment: 'production' },
    });
  });

  it('refuses a hop that is signed with another secret', async () => {
    const wrong = client({ ...(await session()), secretAccessKey: 'wrong' });
    const next = new AssumeRoleCommand({ RoleArn: NEXT_ROLE_ARN, RoleSessionName: SESSION });
    await expect(wrong.send(next)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('has moto refuse a request that is signed with another secret', async () => {
    const wrong = client({ ...(await session()), secretAccessKey: 'wrong' });
    await expect(wrong.send(new GetCallerIdentityCommand())).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  it('refuses a session at its end, and one that was never issued', async () => {
    sts.setLife(1);
    const short = await session();
    sts.setLife(undefined);
    await client(short).send(new GetCallerIdentityCommand());
    await new Promise((done) => setTimeout(done, 1100));
    await expect(client(short).send(new GetCallerIdentityCommand())).rejects.toMatchObject({
      message: expect.stringContaining('expired'),
    });
    const unknown = { ...short, accessKeyId: 'ASIAUNKNOWN' };
    await expect(client(unknown).send(new GetCallerIdentityCommand())).rejects.toThrow('invalid');
  });

  it('verifies who signed a GetCallerIdentity request, without sending it', async () => {
    const keys = await session();
    const sts2 = client(keys);
    let signed: unknown;
    sts2.middlewareStack.add(
      () => async (args) => {
        signed = args.request;
        throw new Error('caught');
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await sts2.send(new GetCallerIdentityCommand()).catch(() => {});
    const { method, headers, body } = signed as Pick<SignedRequest, 'method' | 'headers' | 'body'>;
    const url = new URL(sts.url);
    const request = { method, url, headers, body: String(body) };
    expect(sts.verifyCallerIdentity(request)?.arn).toContain('assumed-role/passport/');
    const forged = { ...request, headers: { ...headers, host: 'sts.example.com' } };
    expect(sts.verifyCallerIdentity(forged)).toBe(null);
    expect(sts.verifyCallerIdentity({ ...request, body: `${request.body}&x=1` })).toBe(null);
  });
});
