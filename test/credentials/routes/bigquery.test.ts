import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../../src/adapters/broker.ts';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import { openBigQuery } from '../../../src/credentials/routes/bigquery.ts';
import { PassportError } from '../../../src/errors.ts';
import type { BigQueryGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';
import { base64url } from '../../support/issuer.ts';
import { awsDesk } from '../aws/desk.ts';

const SCOPE = 'https://www.googleapis.com/auth/bigquery';
const GRANT: BigQueryGrant = {
  kind: 'bigquery',
  project: 'acme-analytics',
  dataset: 'shop',
  provider: 'projects/1/locations/global/workloadIdentityPools/github/providers/github',
  audience: 'https://iam.googleapis.com/p',
  delegates: [],
  scopes: [SCOPE],
  lifetimeSeconds: 3600,
  threads: 4,
};

const brokers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

/** A route over a real broker; `fail` decides what the exchange throws from then on. */
async function opened() {
  let failure: Error | undefined;
  let count = 0;
  const made = awsDesk({
    googleExchange: async () => {
      if (failure !== undefined) throw failure;
      count += 1;
      const expiresAt = new Date(made.clock.ms + 300_000);
      return { token: new Secret(`ya29.${count}`), expiresAt, requestId: '' };
    },
    googleIdentity: async () => ({ email: '', scopes: [SCOPE] }),
  });
  const broker = startBroker();
  brokers.push(broker);
  let noToken: Error | undefined;
  const idToken = async () => {
    if (noToken !== undefined) throw noToken;
    return new Secret(`${base64url('{}')}.${base64url('{}')}.AAAA`);
  };
  const withoutToken = (reason: string) => {
    noToken = new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'GitHub gave none', { reason });
  };
  const route = await openBigQuery(GRANT, { ...made.desk, broker, idToken });
  const file = JSON.parse(made.files.get('google-credentials.json') ?? '{}');
  const ask = async () => {
    const basic = Buffer.from(`${file.client_id}:${file.client_secret}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    const response = await fetch(file.token_url, { method: 'POST', headers, body: 'grant_type=x' });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const fail = (transient: boolean) => {
    const [status, text] = [transient ? 503 : 400, 'rejected by the attribute condition'];
    failure = new CloudFault({ cloud: 'google', call: 'token exchange', status, code: 'c', text, transient });
  };
  return { ...made, route, file, ask, fail, withoutToken };
}

describe('the BigQuery route', () => {
  it('gives dbt credentials that lead to the broker and nowhere else', async () => {
    const { route, file, files } = await opened();
    expect(Object.fromEntries(route.variables)).toEqual({
      GOOGLE_APPLICATION_CREDENTIALS: '/private/google-credentials.json',
      GOOGLE_CLOUD_PROJECT: 'acme-analytics',
      NO_GCE_CHECK: 'true',
      CLOUDSDK_CONFIG: '/dev/null',
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    });
    expect(file).toEqual({
      type: 'external_account',
      audience: expect.stringMatching(/^urn:dbt-passport:run:/),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{64}$/),
      client_id: 'dbt',
      client_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      credential_source: { file: '/private/google-subject' },
    });
    expect(files.get('google-subject')).toBe('0'.repeat(32));
    expect(route.lifetimes).toEqual([
      { credential: 'Google access token', seconds: 300, renewal: 'renewed by the broker' },
    ]);
  });

  it('answers as a token endpoint, with the token that lives and then with a new one', async () => {
    const { ask, clock } = await opened();
    const answer = {
      access_token: 'ya29.1',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 300,
    };
    expect(await ask()).toEqual({ status: 200, body: answer });
    clock.ms += 100_000;
    expect(await ask()).toEqual({ status: 200, body: { ...answer, expires_in: 200 } });
    clock.ms += 100_000;
    expect(await ask()).toEqual({ status: 200, body: { ...answer, access_token: 'ya29.2' } });
  });

  it.each([
    [false, 403],
    [true, 503],
  ])('says why there is no new one, in the words of OAuth (passing: %s)', async (transient, status) => {
    const { ask, clock, fail } = await opened();
    fail(transient);
    clock.ms += 301_000;
    const { status: answered, body } = await ask();
    expect(answered).toBe(status);
    expect(body.error).toBe('access_denied');
    expect(body.error_description).toContain('rejected by the attribute condition');
  });

  it.each([
    ['OIDC_HTTP', 503],
    ['OIDC_REFUSED', 403],
  ])('tells an ID token that may come later from one that never will (%s)', async (reason, status) => {
    const { ask, clock, withoutToken } = await opened();
    withoutToken(reason);
    clock.ms += 301_000;
    expect(await ask()).toMatchObject({ status, body: { error: 'access_denied' } });
  });
});
