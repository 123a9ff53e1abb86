import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type AwsSts, startAwsSts } from '../support/aws-sts.ts';
import { type Fakesnow, startFakesnow } from '../support/fakesnow.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import type { Issuer } from '../support/issuer.ts';
import { LONG, NOT_LONG } from '../support/long-runs.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import type { CloudPeers, Presented } from '../support/passport.ts';
import { type SnowflakeFront, startSnowflake } from '../support/snowflake.ts';
import type { SnowflakeUser, Trust } from '../support/snowflake-trust.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:production';
const AUDIENCE = 'snowflake/acme';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/dbt-production';
const PART = { command: 'build --select raw_customers stg_customers' };
/** To be refused as in a run, which ends there as this does. */
const WITHOUT_DBT = { mode: 'auth-only', dbt: 'no-such-file' };

interface SnowflakeCloud extends CloudPeers {
  readonly front: SnowflakeFront;
}

/** One for all tests of the small project: which tables it has already is of no account to them. */
let fakesnow: Promise<Fakesnow> | undefined;
const closeFakesnow = async () => {
  await (await fakesnow)?.close();
  fakesnow = undefined;
};
afterAll(closeFakesnow);
/** For the example: fakesnow cannot do the `MERGE` of a second build. To be called before `stage`. */
const onEmptyFakesnow = () => beforeEach(closeFakesnow);

const oidcUser = (issuer: Issuer, change: Partial<SnowflakeUser> = {}): Trust => ({
  users: [
    {
      ...{ name: 'DBT_PROD', roles: ['TRANSFORMER', 'REPORTER'] },
      identity: { type: 'OIDC', issuer: issuer.issuer, subject: SUBJECT, audiences: [AUDIENCE] },
      ...change,
    },
  ],
});

const grant = (login: string) => `
kind: snowflake
account: acme-warehouse
user: dbt_prod
role: transformer
warehouse: transforming
database: analytics
schema: jaffle_shop
threads: "4"
${login}`;

interface AccountSetting {
  readonly login: string;
  readonly trust: Trust;
  readonly presented: Presented;
  /** Seconds that session tokens live. */
  readonly life?: number;
}

async function startAccount({ login, trust, presented, life }: AccountSetting): Promise<SnowflakeCloud> {
  fakesnow ??= startFakesnow();
  const { url } = await fakesnow;
  const front = await startSnowflake({ trust, presented, fakesnow: url, ...(life && { lifeSeconds: life }) });
  return {
    ...{ front, endpoints: { snowflake: front.url }, grant: grant(login) },
    secrets: () => front.issued,
    close: front.close,
  };
}

/** An account that trusts the job's own token. */
const federated = (login: 'relay' | 'token', life?: number) => (issuer: Issuer, presented: Presented) =>
  startAccount({
    ...{ login: `login: ${login}\naudience: ${AUDIENCE}`, trust: oidcUser(issuer), presented },
    ...(life && { life }),
  });

const logins = ({ front }: SnowflakeCloud) =>
  front.logins.map(({ via, provider, outcome }) => `${via} ${provider} ${outcome}`);
const openSessions = ({ front }: SnowflakeCloud) => front.sessions.filter(({ closed }) => !closed);

describeWith(['warehouseDbt', 'fakesnow'], 'Snowflake by the login relay', () => {
  describe('with tokens of 3 s and sessions of 2 s', () => {
    const scene = stage({
      dbt: 'warehouse',
      project: 'small',
      tokenLife: 3,
      clouds: federated('relay', 2),
    });

    it('builds a project: a fresh token per login, sessions renewed and closed', async () => {
      // Few queries, so slow ones: they outlive the tokens and the sessions.
      scene.clouds.front.setDelay(400);
      const run = await scene.run();
      expect(run.exitCode, run.stdout).toBe(0);
      const { front } = scene.clouds;
      const [check, ...driver] = front.logins;
      expect(check).toMatchObject({ via: 'SQL API', outcome: 'ok' });
      expect(driver.length).toBeGreaterThan(1);
      for (const login of driver) {
        expect(login).toMatchObject({ role: 'transformer', secondaryRoles: 'NONE', outcome: 'ok' });
        expect(JSON.parse(login.queryTag)).toMatchObject({
          ...{ trace_id: run.outputs.get('trace-id'), repository: 'octo-org/jaffle-shop', actor: 'octocat' },
        });
      }
      expect(new Set(front.logins.map(({ token }) => token)).size).toBe(front.logins.length);
      const renewals = front.sessions.reduce((sum, session) => sum + session.renewals, 0);
      expect(renewals).toBeGreaterThan(0);
      expect(openSessions(scene.clouds)).toEqual([]);

      const artifact = await verifyArtifact(scene.peers, run);
      expect(artifact.exitCode, artifact.text).toBe(0);
      const facts = predicateOf(artifact).credentials ?? [];
      expect(new Set(facts.map(({ principal }) => principal.toUpperCase()))).toEqual(new Set(['DBT_PROD']));
      const recorded = (route: string) => facts.filter((fact) => fact.route === route);
      expect(recorded('login check')).toHaveLength(1);
      expect(recorded('session renewal')).toHaveLength(renewals);
      expect(
        recorded('login relay')
          .map(({ requestId }) => requestId)
          .sort(),
      ).toEqual(front.sessions.map(({ id }) => id).sort());
    });
  });

  describe.skipIf(!LONG)(`with tokens of 3 s and sessions of 8 s${LONG ? '' : ` (${NOT_LONG})`}`, () => {
    onEmptyFakesnow();
    const scene = stage({ dbt: 'warehouse', tokenLife: 3, clouds: federated('relay', 8) });

    it('runs for more than a minute', { timeout: 400_000 }, async () => {
      scene.clouds.front.setDelay(2_500);
      const run = await scene.run({ timeoutMs: 300_000 });
      expect(run.exitCode, run.stdout).toBe(0);
      const { front } = scene.clouds;
      const times = front.sessions.map(({ expiresAt }) => expiresAt);
      expect(Math.max(...times) - (front.logins[0]?.at ?? 0)).toBeGreaterThan(60_000);
      expect(front.sessions.reduce((sum, session) => sum + session.renewals, 0)).toBeGreaterThan(5);
      expect(openSessions(scene.clouds)).toEqual([]);
    });
  });

  const scene = stage({ dbt: 'warehouse', project: 'small', clouds: federated('relay') });

  it('ends before dbt where secondary roles are on, and says what to change', async () => {
    const { front } = scene.clouds;
    front.trust(oidcUser(scene.peers.issuer, { secondaryRoles: true }));
    const run = await scene.run({ inputs: PART });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('ERR_CREDENTIAL_MISMATCH');
    expect(run.stdout).toContain('ALTER USER dbt_prod SET DEFAULT_SECONDARY_ROLES = ()');
    expect(logins(scene.clouds)).toEqual(['SQL API OIDC ok']);
  });

  it('refused by the trust: one login, and what Snowflake said of it', async () => {
    const { front } = scene.clouds;
    const identity = {
      type: 'OIDC' as const,
      issuer: scene.peers.issuer.issuer,
      subject: 'repo:octo-org/jaffle-shop:environment:production',
      audiences: [AUDIENCE],
    };
    front.trust(oidcUser(scene.peers.issuer, { identity }));
    const run = await scene.run({ inputs: WITHOUT_DBT });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('ERR_CREDENTIAL_REFUSED');
    expect(run.stdout).toContain(`Received sub: ${SUBJECT}`);
    expect(run.stdout + run.summary).toMatch(/ALTER USER "?dbt_prod"? ADD WORKLOAD IDENTITY/i);
    expect(logins(scene.clouds)).toEqual(['SQL API OIDC 394729']);
    expect(front.requests).toEqual(['POST /api/v2/statements']);
  });

  it('denied by the policy: no request at all', async () => {
    const run = await scene.run({ claims: { ref: 'refs/heads/feature/x', ref_protected: 'false' } });
    expect(run.outputs.get('status')).toBe('denied');
    expect(scene.clouds.front.requests).toEqual([]);
  });
});

describeWith(['warehouseDbt', 'fakesnow'], 'Snowflake by one token', () => {
  const scene = stage({ dbt: 'warehouse', project: 'small', clouds: federated('token') });

  it('logs all threads in with the token that was made before dbt', async () => {
    const run = await scene.run({ inputs: PART });
    expect(run.exitCode, run.stdout).toBe(0);
    const [check, ...driver] = scene.clouds.front.logins;
    expect(check?.via).toBe('SQL API');
    expect(driver.length).toBeGreaterThan(0);
    expect(new Set(driver.map(({ token }) => token)).size).toBe(1);
    expect(run.stdout).toContain('Snowflake login token: lives 5 min, not renewed');
    expect(run.stdout).toContain('With `login: relay` in the grant');
    expect(openSessions(scene.clouds)).toEqual([]);
  });
});

interface AwsCloud extends SnowflakeCloud {
  readonly sts: AwsSts;
  readonly moto: Moto;
}

/** `life`: seconds that sessions live at most, those of AWS and those of Snowflake. */
const awsAccount =
  (life?: number) =>
  async (issuer: Issuer, presented: Presented): Promise<AwsCloud> => {
    const moto = await startMoto({
      roles: [{ roleArn: ROLE_ARN, actions: ['sts:GetCallerIdentity'], resources: ['*'] }],
      buckets: [],
    });
    const roles = [{ roleArn: ROLE_ARN, conditions: { sub: SUBJECT } }];
    const sts = await startAwsSts({ issuer: issuer.issuer, roles, moto, ...(life && { lifeSeconds: life }) });
    const account = await startAccount({
      login: `login: aws\naws: { role_arn: ${ROLE_ARN}, region: eu-central-1 }`,
      trust: {
        sts,
        users: [{ name: 'DBT_PROD', roles: ['TRANSFORMER'], identity: { type: 'AWS', arn: ROLE_ARN } }],
      },
      presented,
      ...(life && { life }),
    });
    const secrets = () => sts.issued.flatMap((session) => [session.secretAccessKey, session.sessionToken]);
    return {
      ...{ ...account, sts, moto },
      endpoints: { ...account.endpoints, sts: sts.url, aws: sts.url },
      secrets: () => [...account.front.issued, ...secrets()],
      close: async () => {
        await Promise.all([account.close(), sts.close(), moto.close()]);
      },
    };
  };

describeWith(['warehouseDbt', 'fakesnow', 'moto'], 'Snowflake as an AWS role', () => {
  const short = { dbt: 'warehouse', tokenLife: 3, clouds: awsAccount(8) } as const;
  const scene = stage({ ...short, project: 'small' });

  it('signs an attestation at each login with keys from the broker', async () => {
    const run = await scene.run({ inputs: PART });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(new Set(logins(scene.clouds))).toEqual(new Set(['driver AWS ok']));
    expect(scene.clouds.sts.requests.length).toBeGreaterThan(0);
    expect(openSessions(scene.clouds)).toEqual([]);
  });

  describe.skipIf(!LONG)(`with tokens of 3 s and sessions of 8 s${LONG ? '' : ` (${NOT_LONG})`}`, () => {
    onEmptyFakesnow();
    const scene = stage(short);

    it('runs for more than a minute', { timeout: 400_000 }, async () => {
      const { front, sts } = scene.clouds;
      front.setDelay(2_000);
      // Three times dbt, because a dbt keeps the connections that it has: each logs in anew.
      const command = ['build', 'test', 'test'].join('\n');
      const run = await scene.run({ inputs: { command }, timeoutMs: 300_000 });
      expect(run.exitCode, run.stdout).toBe(0);

      expect(new Set(logins(scene.clouds))).toEqual(new Set(['driver AWS ok']));
      const times = front.sessions.map(({ expiresAt }) => expiresAt);
      expect(Math.max(...times) - (front.logins[0]?.at ?? 0)).toBeGreaterThan(60_000);
      expect(new Set(sts.requests.map(({ outcome }) => outcome))).toEqual(new Set(['issued']));
      // Each dbt had newer keys than the one before it, and outlived its Snowflake sessions.
      expect(sts.issued.length).toBeGreaterThanOrEqual(3);
      expect(front.sessions.reduce((sum, session) => sum + session.renewals, 0)).toBeGreaterThan(5);
      expect(openSessions(scene.clouds)).toEqual([]);

      const artifact = await verifyArtifact(scene.peers, run);
      expect(artifact.exitCode, artifact.text).toBe(0);
      const keys = predicateOf(artifact).credentials?.filter(({ provider }) => provider === 'aws');
      expect(keys).toHaveLength(sts.issued.length);
    });
  });
});

interface OAuthCloud extends SnowflakeCloud {
  readonly idp: IdentityProvider;
}

async function oauthAccount(issuer: Issuer, presented: Presented): Promise<OAuthCloud> {
  const idp = await startIdentityProvider({
    trust: { issuer: issuer.issuer, audience: 'https://idp.acme', subject: SUBJECT },
    audience: 'https://acme-warehouse.snowflakecomputing.com',
    claims: { sub: 'dbt@acme' },
  });
  const account = await startAccount({
    login: `login: oauth
oauth: { token_url: "${idp.tokenUrl}", client_id: dbt, scope: "session:role:TRANSFORMER", audience: "https://idp.acme" }`,
    trust: {
      users: [{ name: 'DBT_PROD', roles: ['TRANSFORMER'], identity: { type: 'OAUTH', subject: 'dbt@acme' } }],
      oauth: { issuer: idp.issuer, audience: 'https://acme-warehouse.snowflakecomputing.com' },
    },
    presented,
  });
  return {
    ...{ ...account, idp },
    secrets: () => [...account.front.issued, ...idp.issued],
    close: async () => {
      await Promise.all([account.close(), idp.close()]);
    },
  };
}

describeWith(['warehouseDbt', 'fakesnow'], 'Snowflake with a token of another identity provider', () => {
  const scene = stage({ dbt: 'warehouse', project: 'small', clouds: oauthAccount });

  it('exchanges once and logs in with what came', async () => {
    const run = await scene.run({ inputs: PART });
    expect(run.exitCode, run.stdout).toBe(0);
    const { idp, front } = scene.clouds;
    expect(idp.requests).toHaveLength(1);
    expect(new Set(front.logins.map(({ token }) => token))).toEqual(new Set(idp.issued));
    expect(logins(scene.clouds)[0]).toBe('SQL API OAUTH ok');
    expect(openSessions(scene.clouds)).toEqual([]);
  });

  it('refused by the identity provider: one exchange, no login', async () => {
    const { idp, front } = scene.clouds;
    idp.trust({ issuer: scene.peers.issuer.issuer, audience: 'https://idp.acme', subject: 'repo:other' });
    const run = await scene.run({ inputs: WITHOUT_DBT });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('ERR_CREDENTIAL_REFUSED');
    expect(idp.requests).toHaveLength(1);
    expect(front.requests).toEqual([]);
  });
});
