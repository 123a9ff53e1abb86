import { describe, expect, it } from 'vitest';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import type { Clouds, GoogleIdentity, GoogleToken } from '../../../src/credentials/clouds.ts';
import type { Desk } from '../../../src/credentials/desk.ts';
import { googleLease } from '../../../src/credentials/google/google-lease.ts';
import type { BigQueryGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';
import { base64url } from '../../support/issuer.ts';
import { awsDesk } from '../aws/desk.ts';

const ACCOUNT = 'dbt-prod@acme-analytics.iam.gserviceaccount.com';
const POOL = 'projects/1/locations/global/workloadIdentityPools/github';
const SCOPE = 'https://www.googleapis.com/auth/bigquery';
const GRANT: BigQueryGrant = {
  kind: 'bigquery',
  project: 'acme-analytics',
  dataset: 'shop',
  provider: `${POOL}/providers/github`,
  audience: 'https://iam.googleapis.com/p',
  serviceAccount: ACCOUNT,
  delegates: ['hop@acme.iam.gserviceaccount.com'],
  scopes: [SCOPE],
  lifetimeSeconds: 1800,
  threads: 4,
};
const { serviceAccount: _account, ...DIRECT } = GRANT;

const fault = (call: CloudFault['call'], transient = false) =>
  new CloudFault({ cloud: 'google', call, status: transient ? 503 : 400, code: '', text: 'no', transient });

interface Answers {
  readonly identity?: GoogleIdentity | CloudFault;
  readonly exchange?: readonly CloudFault[];
  readonly sub?: string;
}

/** A desk whose Google issues `federated-1`, `access-1` and so on. */
function deskWith({
  identity = { email: ACCOUNT, scopes: [SCOPE] },
  exchange = [],
  sub = 's',
}: Answers = {}) {
  const calls: string[] = [];
  const asked: unknown[] = [];
  const faults = [...exchange];
  const issue = (kind: string, minutes: number): GoogleToken => {
    calls.push(kind);
    const count = calls.filter((call) => call === kind).length;
    const expiresAt = new Date(made.desk.timing.now().getTime() + minutes * 60_000);
    return { token: new Secret(`${kind}-${count}`), expiresAt, requestId: '' };
  };
  const clouds: Partial<Clouds> = {
    googleExchange: async (request) => {
      const next = faults.shift();
      if (next !== undefined) {
        calls.push('refused');
        throw next;
      }
      asked.push(request);
      return issue('federated', 5);
    },
    impersonate: async (request, federated) => {
      asked.push(request, federated.reveal());
      return issue('access', 30);
    },
    googleIdentity: async (token) => {
      calls.push(`whose ${token.reveal()}`);
      if (identity instanceof CloudFault) throw identity;
      return identity;
    },
  };
  const made = awsDesk(clouds);
  const warnings: string[] = [];
  const idToken = async () => new Secret(`${base64url('{}')}.${base64url(JSON.stringify({ sub }))}.AAAA`);
  const desk: Desk = { ...made.desk, idToken, warn: (line) => warnings.push(line) };
  return { ...made, desk, calls, asked, warnings };
}

describe('googleLease', () => {
  it('impersonates with no more than it needs, and records each token before its use', async () => {
    const { desk, calls, asked, noted, facts } = deskWith();
    const lease = await googleLease(GRANT, 'r', desk);
    expect((await lease.current()).value.reveal()).toBe('access-1');
    expect(calls).toEqual(['federated', 'access', 'whose access-1']);
    expect(asked).toEqual([
      { audience: `//iam.googleapis.com/${GRANT.provider}`, scopes: ['https://www.googleapis.com/auth/iam'] },
      {
        ...{ serviceAccount: ACCOUNT, delegates: GRANT.delegates, scopes: [SCOPE], lifetimeSeconds: 1800 },
        reason: expect.stringMatching(
          /^dbt-passport run=1746933707\/1 repository=octo-org\/jaffle-shop .*trace=0{32}$/,
        ),
      },
      'federated-1',
    ]);
    expect(noted).toEqual([
      `issued principalSet://iam.googleapis.com/${POOL}/* federated-1`,
      `issued ${ACCOUNT} access-1`,
    ]);
    expect(facts[1]).toEqual({
      ...{ provider: 'google', principal: ACCOUNT, scope: SCOPE, route: 'r', requestId: '' },
      ...{ issuedAt: '2026-11-22T08:00:00.000Z', expiresAt: '2026-11-22T08:30:00.000Z' },
    });
  });

  it('is renewed from a new exchange', async () => {
    const { desk, calls, clock } = deskWith();
    const lease = await googleLease(GRANT, 'r', desk);
    clock.ms += 20 * 60_000;
    expect((await lease.current()).value.reveal()).toBe('access-2');
    expect(calls.filter((call) => call === 'federated')).toHaveLength(2);
  });

  it('is the token of the exchange itself where the rule names no service account', async () => {
    const { desk, calls, asked } = deskWith({ identity: { email: '', scopes: [SCOPE] } });
    const lease = await googleLease(DIRECT, 'r', desk);
    expect((await lease.current()).value.reveal()).toBe('federated-1');
    expect(calls).toEqual(['federated', 'whose federated-1']);
    expect(asked).toEqual([{ audience: `//iam.googleapis.com/${GRANT.provider}`, scopes: [SCOPE] }]);
  });

  it.each<[string, BigQueryGrant, GoogleIdentity]>([
    ['another account', GRANT, { email: 'other@acme.iam.gserviceaccount.com', scopes: [SCOPE] }],
    ['no account where one is granted', GRANT, { email: '', scopes: [SCOPE] }],
    ['an account where none is granted', DIRECT, { email: ACCOUNT, scopes: [SCOPE] }],
    [
      'a wider scope',
      GRANT,
      { email: ACCOUNT, scopes: [SCOPE, 'https://www.googleapis.com/auth/cloud-platform'] },
    ],
  ])('does not accept %s', async (_what, grant, identity) => {
    await expect(googleLease(grant, 'r', deskWith({ identity }).desk)).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_MISMATCH',
    });
  });

  it("accepts the scope that Google adds for the account's name", async () => {
    const scopes = [SCOPE, 'openid', 'https://www.googleapis.com/auth/userinfo.email'];
    await googleLease(GRANT, 'r', deskWith({ identity: { email: ACCOUNT, scopes } }).desk);
  });

  it('needs the answer whose a token of an account is, and not for a federated principal', async () => {
    const unanswered = fault('tokeninfo');
    await expect(googleLease(GRANT, 'r', deskWith({ identity: unanswered }).desk)).rejects.toBe(unanswered);
    const lease = await googleLease(DIRECT, 'r', deskWith({ identity: unanswered }).desk);
    expect((await lease.current()).value.reveal()).toBe('federated-1');
    await expect(
      googleLease(DIRECT, 'r', deskWith({ identity: fault('tokeninfo', true) }).desk),
    ).rejects.toThrow(/tries/);
  });

  it('is not used when something else than Google answers whose it is', async () => {
    const odd = new CloudFault({ ...fault('tokeninfo'), status: 200 });
    const { desk } = deskWith({ identity: odd });
    await expect(googleLease(DIRECT, 'adc', desk)).rejects.toBe(odd);
  });

  it('is refused after one exchange, and tried again after a passing fault', async () => {
    const refused = deskWith({ exchange: [fault('token exchange')] });
    await expect(googleLease(GRANT, 'r', refused.desk)).rejects.toThrow('token exchange failed');
    expect(refused.calls).toEqual(['refused']);
    const passing = deskWith({ exchange: [fault('token exchange', true)] });
    await googleLease(GRANT, 'r', passing.desk);
    expect(passing.calls).toEqual(['refused', 'federated', 'access', 'whose access-1']);
  });

  it('warns of a sub over 127 bytes before the first call, once', async () => {
    const { desk, warnings, clock } = deskWith({ sub: `repo:octo-org@123456/${'é'.repeat(54)}` });
    const lease = await googleLease(GRANT, 'r', desk);
    clock.ms += 20 * 60_000;
    await lease.current();
    expect(warnings).toEqual([expect.stringContaining('the claim sub has 129 bytes')]);
    const fits = deskWith({ sub: `repo:octo-org@123456/${'é'.repeat(53)}` });
    await googleLease(GRANT, 'r', fits.desk);
    expect(fits.warnings).toEqual([]);
  });
});
