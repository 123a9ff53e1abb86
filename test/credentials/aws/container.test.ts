import { describe, expect, it } from 'vitest';
import { awsContainer, containerRoute, containerVariables } from '../../../src/credentials/aws/container.ts';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import type { AwsKeys } from '../../../src/credentials/clouds.ts';
import type { CredentialFact } from '../../../src/credentials/issued.ts';
import type { Lease } from '../../../src/credentials/lease.ts';
import { PassportError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { ASSUMED, awsDesk, ROLE } from './desk.ts';

const KEYS: AwsKeys = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: new Secret('secret-key'),
  sessionToken: new Secret('session-token'),
};
const fact: CredentialFact = {
  provider: 'aws',
  principal: ASSUMED,
  scope: '',
  route: '',
  issuedAt: '2026-11-22T08:00:00.000Z',
  expiresAt: '2026-11-22T09:00:00.000Z',
  requestId: '',
};
const failing = (error: unknown): Lease<AwsKeys> => ({
  current: async () => {
    throw error;
  },
});
const fault = (transient: boolean) =>
  new CloudFault({
    ...{ cloud: 'aws', call: 'AssumeRoleWithWebIdentity', status: 403, code: 'AccessDenied' },
    ...{ text: 'Not authorized', transient },
  });

describe('containerRoute', () => {
  it('answers as the container credentials protocol has it', async () => {
    const expiresAt = new Date('2026-11-22T09:00:00.123Z');
    const { status, body } = await containerRoute({
      current: async () => ({ value: KEYS, fact, expiresAt }),
    })();
    expect(status).toBe(200);
    expect(String(body)).toBe('[secret]');
    expect(JSON.parse((body as Secret).reveal())).toEqual({
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret-key',
      Token: 'session-token',
      Expiration: '2026-11-22T09:00:00Z',
    });
  });

  it.each([
    ['a refusal of AWS', fault(false), 403],
    ['a passing fault', fault(true), 503],
    [
      'no ID token for now',
      new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'no', { reason: 'OIDC_HTTP' }),
      503,
    ],
    [
      'no right to ID tokens',
      new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'no', { reason: 'OIDC_REFUSED' }),
      403,
    ],
    ['another role than the rule says', new PassportError('ERR_CREDENTIAL_MISMATCH', 'other'), 403],
  ])('explains %s to whoever asks', async (_, error, status) => {
    const reply = await containerRoute(failing(error))();
    expect(reply.status).toBe(status);
    const { message } = JSON.parse(String(reply.body));
    expect(message).toBe(`dbt-passport could not renew the session while dbt ran. ${error.message}`);
  });

  it('says what is told of the refusal, where somebody can tell', async () => {
    const reply = await containerRoute(failing(fault(false)), () => 'Its cause. What to change.')();
    const { message } = JSON.parse(String(reply.body));
    expect(message).toBe(
      'dbt-passport could not renew the session while dbt ran. Its cause. What to change.',
    );
  });

  it('keeps an unknown failure to itself', async () => {
    await expect(containerRoute(failing(new TypeError('secret')))()).rejects.toThrow(TypeError);
  });
});

describe('containerVariables', () => {
  it('point every SDK at the broker and nowhere else; the bearer is in a file', async () => {
    const { desk, files } = awsDesk({});
    const address = await desk.broker.serve(async () => ({ status: 200, body: '' }));
    const variables = await containerVariables(address, desk.files, 'eu-central-1', {});
    expect(Object.fromEntries(variables)).toEqual({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:4711/random',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/private/aws-authorization',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect(files.get('aws-authorization')).toBe('Bearer of the route');
    const local = await containerVariables(address, desk.files, 'x', { aws: 'http://127.0.0.1:1' });
    expect(local.get('AWS_ENDPOINT_URL')).toBe('http://127.0.0.1:1');
  });
});

describe('awsContainer', () => {
  it('exchanges before anything is served, and says how long the session lives', async () => {
    const order: string[] = [];
    const { desk } = awsDesk({
      assumeRoleWithWebIdentity: async () => {
        order.push('exchange');
        const expiresAt = new Date('2026-11-22T08:50:00Z');
        return { keys: KEYS, expiresAt, assumedRoleArn: ASSUMED, subject: '', requestId: '' };
      },
    });
    const broker = {
      serve: async (...route: Parameters<typeof desk.broker.serve>) => {
        order.push('serve');
        return desk.broker.serve(...route);
      },
    };
    const { lifetime } = await awsContainer(ROLE, { ...desk, broker });
    expect(order).toEqual(['exchange', 'serve']);
    expect(lifetime).toEqual({ credential: 'AWS session', seconds: 3000, renewal: 'renewed by the broker' });
  });
});
