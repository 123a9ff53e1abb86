import { describe, expect, it } from 'vitest';
import type { AwsSts } from './aws-sts.ts';
import { authenticate, type Presented, type Trust } from './snowflake-trust.ts';

const ARN = 'arn:aws:iam::123456789012:role/dbt';
const STS = 'http://127.0.0.1:4567';
const HEADERS = {
  Host: '127.0.0.1:4567',
  'X-Snowflake-Audience': 'snowflakecomputing.com',
  Authorization:
    'AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-central-1/sts/aws4_request, SignedHeaders=host;x-amz-date;x-snowflake-audience, Signature=00',
};
type Verify = AwsSts['verifyCallerIdentity'];

/** An account that trusts one role; `verify` is what AWS says of the signed request. */
function trust(verify: Verify = () => ({ roleArn: ARN }) as ReturnType<Verify>): Trust {
  return {
    sts: { url: STS, verifyCallerIdentity: verify },
    users: [{ name: 'DBT', roles: ['TRANSFORMER'], identity: { type: 'AWS', arn: ARN } }],
  };
}

const attestation = (change: object = {}, headers: object = HEADERS): Presented => {
  const request = {
    url: `${STS}/?Action=GetCallerIdentity&Version=2011-06-15`,
    method: 'POST',
    headers,
    ...change,
  };
  const token = Buffer.from(JSON.stringify(request)).toString('base64');
  return { provider: 'AWS', token, user: 'dbt', role: 'transformer' };
};

describe('an attestation of AWS', () => {
  it('is sent on as it was signed, and the role is the user', async () => {
    const seen: Parameters<Verify>[0][] = [];
    const verify: Verify = (request) => {
      seen.push(request);
      return { roleArn: ARN } as ReturnType<Verify>;
    };
    expect(await authenticate(trust(verify), attestation())).toMatchObject({ name: 'DBT' });
    expect(seen[0]).toMatchObject({ method: 'POST', body: '', headers: { host: '127.0.0.1:4567' } });
  });

  it.each([
    ['is for another service', attestation({}, { ...HEADERS, 'X-Snowflake-Audience': 'elsewhere' })],
    [
      'does not say whom it is for',
      attestation({}, { Host: HEADERS.Host, Authorization: HEADERS.Authorization }),
    ],
    [
      'has a header that is not signed',
      attestation(
        {},
        { ...HEADERS, Authorization: HEADERS.Authorization.replace(';x-snowflake-audience', '') },
      ),
    ],
    ['names a server that is not AWS', attestation({ url: 'http://127.0.0.1:1/?Action=GetCallerIdentity' })],
  ])('is refused when it %s', async (_, presented) => {
    await expect(authenticate(trust(), presented)).rejects.toMatchObject({ code: '394300' });
  });

  it('is refused when AWS does not know the signature, or the role is nobody here', async () => {
    const unknown = trust(() => null);
    await expect(authenticate(unknown, attestation())).rejects.toMatchObject({ code: '394300' });
    const other = trust(() => ({ roleArn: `${ARN}-dev` }) as ReturnType<Verify>);
    await expect(authenticate(other, attestation())).rejects.toMatchObject({ code: '394729' });
  });
});
