import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGoogle } from '../support/google.ts';
import { ACCOUNT, googleTrust, PROVIDER, SCOPE } from '../support/google-trust.ts';
import type { Issuer } from '../support/issuer.ts';
import type { CloudPeers, Presented } from '../support/passport.ts';
import { startSnowflake } from '../support/snowflake.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:production';
const CANARY = 'canary-of-a-long-lived-key';
const inEveryRule = (line: string) => (policy: string) => policy.replace(/^( +)dbt:/gm, `$1${line}\n$1dbt:`);

describe('authentication only', () => {
  const scene = stage();

  it('decides and leaves signed evidence; dbt is not needed', async () => {
    const run = await scene.run({ inputs: { mode: 'auth-only', dbt: 'no-such-file' } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.get('status')).toBe('auth-only');
    expect(run.outputs.get('dbt-exit-code')).toBe('');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'auth-only');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.names.filter((name) => name.startsWith('dbt/'))).toEqual([]);
  });
});

/** A cloud that trusts the job. There is no warehouse behind it: nothing but the exchange and the check can work. */
interface Trusting extends CloudPeers {
  /** What it was asked, in order. */
  readonly asked: () => readonly string[];
}

const CLOUDS: readonly {
  readonly name: string;
  readonly start: (issuer: Issuer, presented: Presented) => Promise<Trusting>;
  readonly asked: readonly string[];
  readonly facts: readonly object[];
}[] = [
  {
    name: 'Snowflake',
    start: async (issuer, presented) => {
      const identity = {
        ...{ type: 'OIDC' as const, issuer: issuer.issuer, subject: SUBJECT },
        audiences: ['snowflakecomputing.com'],
      };
      const trust = { users: [{ name: 'DBT', roles: ['TRANSFORMER'], identity }] };
      const { url, requests, logins, close } = await startSnowflake({ trust, presented });
      const grant =
        'kind: snowflake\naccount: acme-warehouse\nuser: dbt\nrole: transformer\nwarehouse: wh\ndatabase: db\nschema: shop';
      const asked = () => [...requests, ...logins.map(({ via, outcome }) => `${via} ${outcome}`)];
      return { asked, close, grant, endpoints: { snowflake: url } };
    },
    asked: ['POST /api/v2/statements', 'SQL API ok'],
    facts: [{ provider: 'snowflake', principal: 'DBT', scope: 'the role TRANSFORMER', route: 'login check' }],
  },
  {
    name: 'Google',
    start: async (issuer, presented) => {
      const google = await startGoogle(googleTrust(issuer), { presented });
      const { url, requests, close } = google;
      return {
        asked: () => requests.map(({ call }) => call),
        endpoints: { googleSts: url, iamCredentials: url, googleOauth: url },
        grant: `kind: bigquery\nproject: acme-analytics\ndataset: shop\nprovider: ${PROVIDER}\nservice_account: ${ACCOUNT}`,
        secrets: () => google.issued,
        close,
      };
    },
    asked: ['token', 'generateAccessToken', 'tokeninfo'],
    facts: [
      { provider: 'google', route: 'to impersonate the service account' },
      { provider: 'google', principal: ACCOUNT, scope: SCOPE, route: 'application default credentials' },
    ],
  },
];

for (const { name, start, asked, facts } of CLOUDS)
  describe(`authentication only, at ${name}`, () => {
    const scene = stage({ clouds: start });

    it('exchanges and checks the identity, ends it, and leaves both in the evidence; dbt is not started', async () => {
      const run = await scene.run({ inputs: { mode: 'auth-only', dbt: 'no-such-file' } });
      expect(run.exitCode, run.stdout).toBe(0);
      expect(run.outputs.get('status')).toBe('auth-only');
      expect(scene.clouds.asked()).toEqual(asked);
      expect(run.log.text).not.toContain('Running with dbt');

      const expected = ['--expect-status', 'auth-only', '--expect-credentials', 'federated'];
      const artifact = await verifyArtifact(scene.peers, run, ...expected);
      expect(artifact.exitCode, artifact.text).toBe(0);
      const { credentials = [], credentialsEndedAt = '', dbt, finishedAt } = predicateOf(artifact);
      expect(dbt).toBeUndefined();
      expect(credentials).toMatchObject(facts);
      const [last] = credentials.slice(-1);
      expect(Date.parse(credentialsEndedAt)).toBeGreaterThanOrEqual(Date.parse(last?.issuedAt ?? ''));
      expect(Date.parse(credentialsEndedAt)).toBeLessThanOrEqual(Date.parse(finishedAt));
    });
  });

describe('a rule that refuses long-lived keys', () => {
  const scene = stage({ policy: inEveryRule('static_credentials: refuse') });

  it('E05: stops before dbt, names variable and line, and shows no value', async () => {
    await writeFile(
      join(scene.workspace, 'profiles.yml'),
      'shop:\n  outputs:\n    prod: { password: x, type: y }\n',
    );
    const run = await scene.run({ inputs: { dbt: 'no-such-file' }, env: { SNOWFLAKE_PASSWORD: CANARY } });
    expect(run.exitCode, run.stdout).toBe(1);
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation).toMatchObject({ file: 'profiles.yml', line: '3' });
    expect(annotation?.title).toContain('ERR_STATIC_CREDENTIAL');
    expect(annotation?.message).toContain('SNOWFLAKE_PASSWORD (environment)');
    expect(run.summary).toContain('refused: the run stopped for it');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'failed');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.text).toContain('static keys: 2 found');
    expect([run.stdout, run.summary, ...artifact.files.values()].join()).not.toContain(CANARY);
  });
});

describe.skipIf(!REAL_DBT)(`a rule that scrubs long-lived keys${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({ project: 'small' });

  it('E05: dbt runs without them, and the record says so', async () => {
    const name = 'SNOWFLAKE_PASSWORD';
    const sql = `{{ log('seen: ' ~ env_var('${name}', 'nothing') ~ env_var('DBT_PASSWORD', ' at all'), info=true) }} select 1 as id`;
    await writeFile(join(scene.workspace, 'models', 'looks.sql'), sql);
    const run = await scene.run({ env: { [name]: CANARY, DBT_PASSWORD: CANARY } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.log.text).toContain('seen: nothing at all');
    expect(run.log.annotations.map(({ title, message }) => `${title}: ${message}`)).toEqual(
      ['DBT_PASSWORD', name].map(
        (key) => `Static credential: ${key} (environment) is a long-lived credential; dbt does not get it.`,
      ),
    );
    const artifact = await verifyArtifact(scene.peers, run, '--expect-credentials', 'none');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect([run.stdout, ...artifact.files.values()].join()).not.toContain(CANARY);
  });
});
