import { describe, expect, it } from 'vitest';
import { awsLease } from '../../../src/credentials/aws/aws-lease.ts';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import type { AwsSession, Clouds } from '../../../src/credentials/clouds.ts';
import { Secret } from '../../../src/secret.ts';
import { ASSUMED, awsDesk, ROLE } from './desk.ts';

const CHAIN = { roleArn: 'arn:aws:iam::111122223333:role/warehouse' };
const HOPPED = ASSUMED.replace('passport', 'warehouse');

const session = (assumedRoleArn: string, minutes: number, now: Date): AwsSession => ({
  keys: {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: new Secret('secret-key'),
    sessionToken: new Secret('session-token'),
  },
  expiresAt: new Date(now.getTime() + minutes * 60_000),
  assumedRoleArn,
  subject: 'repo:x',
  requestId: 'request-1',
});
const fault = (code: string, transient: boolean) =>
  new CloudFault({
    cloud: 'aws',
    call: 'AssumeRoleWithWebIdentity',
    status: 400,
    code,
    text: 't',
    transient,
  });

/** A desk whose STS answers these in turn, the last one for ever. */
function deskWith(answers: readonly (string | CloudFault)[], more: Partial<Clouds> = {}) {
  const calls: string[] = [];
  const made = awsDesk({
    assumeRoleWithWebIdentity: async (request, token) => {
      calls.push(`${request.roleArn} ${token.reveal()}`);
      const answer = answers[Math.min(calls.length, answers.length) - 1] ?? ASSUMED;
      if (answer instanceof CloudFault) throw answer;
      return session(answer, 60, made.desk.timing.now());
    },
    ...more,
  });
  return { ...made, calls };
}

describe('awsLease', () => {
  it('is issued at once, on record before it is given, and not again while it lives', async () => {
    const { desk, facts, noted, calls } = deskWith([ASSUMED]);
    const lease = await awsLease(ROLE, 'container credentials', desk);
    expect(noted).toEqual(['token for sts.amazonaws.com', `issued ${ASSUMED} secret-key session-token`]);
    expect((await lease.current()).value.accessKeyId).toBe('ASIAEXAMPLE');
    expect(calls).toHaveLength(1);
    expect(facts).toEqual([
      {
        provider: 'aws',
        principal: ASSUMED,
        scope: `the role ${ROLE.roleArn}`,
        route: 'container credentials',
        issuedAt: '2026-11-22T08:00:00.000Z',
        expiresAt: '2026-11-22T09:00:00.000Z',
        requestId: 'request-1',
      },
    ]);
  });

  it('is renewed with a token of its own when less than 16 minutes are left, and that is on record too', async () => {
    const { desk, facts, clock, calls } = deskWith([ASSUMED]);
    const lease = await awsLease(ROLE, 'r', desk);
    clock.ms += 45 * 60_000;
    expect((await lease.current()).expiresAt.toISOString()).toBe('2026-11-22T09:45:00.000Z');
    expect(new Set(calls).size).toBe(2);
    expect(facts).toHaveLength(2);
  });

  it('says in the scope what narrows the role', async () => {
    const { desk, facts } = deskWith([ASSUMED]);
    const allow = [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/*'] }];
    await awsLease({ ...ROLE, allow, policyArns: ['arn:aws:iam::aws:policy/P'] }, 'r', desk);
    expect(facts[0]?.scope).toMatch(
      /^the role .*, within the session policy \{.*s3:GetObject.*, within arn:.*P$/,
    );
  });

  it.each([
    ['another account', ASSUMED.replace('111122223333', '999922223333')],
    ['another role', ASSUMED.replace('passport', 'admin')],
    ['another session', `${ASSUMED}0`],
    ['another partition', ASSUMED.replace('arn:aws:', 'arn:aws-cn:')],
    ['no role', 'arn:aws:iam::111122223333:user/x'],
  ])('is refused when it is of %s, and still masked and on record', async (_, arn) => {
    const { desk, facts } = deskWith([arn]);
    await expect(awsLease(ROLE, 'r', desk)).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_MISMATCH',
      message: `expected a session ${ASSUMED}, got ${arn}`,
    });
    expect(facts).toHaveLength(1);
  });

  it('calls once for a refusal', async () => {
    const { desk, calls } = deskWith([fault('AccessDenied', false)]);
    await expect(awsLease(ROLE, 'r', desk)).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(calls).toHaveLength(1);
  });

  it('tries again with another token after a passing fault', async () => {
    const { desk, calls } = deskWith([fault('IDPCommunicationError', true), ASSUMED]);
    await awsLease(ROLE, 'r', desk);
    expect(new Set(calls).size).toBe(2);
  });

  it('tries once more after an expired token: two in a row are a refusal', async () => {
    const { desk, calls } = deskWith([fault('ExpiredTokenException', true)]);
    await expect(awsLease(ROLE, 'r', desk)).rejects.toMatchObject({ transient: false });
    expect(calls).toHaveLength(2);
    const late = deskWith([fault('ExpiredTokenException', true), ASSUMED]);
    await awsLease(ROLE, 'r', late.desk);
    expect(late.calls).toHaveLength(2);
  });

  it('makes the second hop with the keys of the first, both on record', async () => {
    const { desk, facts } = deskWith([ASSUMED], {
      assumeRole: async (request, keys) => {
        expect([request.roleArn, keys.accessKeyId]).toEqual([CHAIN.roleArn, 'ASIAEXAMPLE']);
        return session(HOPPED, 60, new Date('2026-11-22T08:00:00Z'));
      },
    });
    await awsLease({ ...ROLE, chain: CHAIN }, 'container credentials', desk);
    expect(facts.map(({ principal, route }) => `${principal} ${route}`)).toEqual([
      `${ASSUMED} to assume the next role`,
      `${HOPPED} container credentials`,
    ]);
  });

  it('a second hop to another role is refused', async () => {
    const { desk } = deskWith([ASSUMED], {
      assumeRole: async () => session(ASSUMED, 60, new Date('2026-11-22T08:00:00Z')),
    });
    const chained = awsLease({ ...ROLE, chain: CHAIN }, 'r', desk);
    await expect(chained).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_MISMATCH' });
  });
});
