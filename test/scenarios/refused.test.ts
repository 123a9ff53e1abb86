import { describe, expect, it } from 'vitest';
import { ROLE_ARN } from '../support/aws-account.ts';
import { startAwsSts } from '../support/aws-sts.ts';
import { startGoogle } from '../support/google.ts';
import { ACCOUNT, googleTrust, PROVIDER } from '../support/google-trust.ts';
import type { Issuer } from '../support/issuer.ts';
import type { CloudPeers, Presented } from '../support/passport.ts';
import { startSnowflake } from '../support/snowflake.ts';
import { stage } from './scenario.ts';

interface Refusing extends CloudPeers {
  readonly requests: readonly unknown[];
}

type Start = (issuer: Issuer, presented: Presented) => Promise<Refusing>;

/** STS, where the role trusts another repository. */
const aws: Start = async (issuer, presented) => {
  const { url, requests, close } = await startAwsSts({
    issuer: issuer.issuer,
    presented,
    roles: [{ roleArn: ROLE_ARN, conditions: { sub: 'repo:octo-org/other' } }],
    // Behind STS there is nothing: it lets nobody that far.
    moto: { url: 'http://127.0.0.1:9', user: { accessKeyId: '', secretAccessKey: '' } },
  });
  const role = `aws: { role_arn: "${ROLE_ARN}", region: eu-central-1 }`;
  const grant = `kind: duckdb\npath: shop.duckdb\ns3:\n  scope: s3://bucket\n  ${role}`;
  return { requests, close, endpoints: { sts: url, aws: url }, grant };
};

/** Google STS, whose attribute condition is false. */
const google: Start = async (issuer, presented) => {
  const trust = googleTrust(issuer, { condition: () => false });
  const { url, requests, close } = await startGoogle(trust, { presented });
  const grant = `kind: bigquery\nproject: acme-analytics\ndataset: shop\nprovider: ${PROVIDER}\nservice_account: ${ACCOUNT}`;
  return { requests, close, grant, endpoints: { googleSts: url, iamCredentials: url, googleOauth: url } };
};

/** Snowflake, whose user has another subject. */
const snowflake: Start = async (issuer, presented) => {
  const audiences = ['snowflakecomputing.com'];
  const identity = {
    type: 'OIDC',
    issuer: issuer.issuer,
    subject: 'repo:octo-org/other',
    audiences,
  } as const;
  const trust = { users: [{ name: 'DBT', roles: ['TRANSFORMER'], identity }] };
  const { url, requests, close } = await startSnowflake({ trust, presented });
  const grant = `kind: snowflake\naccount: acme-warehouse\nuser: dbt\nrole: transformer\nwarehouse: wh\ndatabase: db\nschema: shop`;
  return { requests, close, grant, endpoints: { snowflake: url } };
};

const CLOUDS: readonly (readonly [name: string, start: Start])[] = [
  ['AWS', aws],
  ['Google', google],
  ['Snowflake', snowflake],
];

for (const [name, start] of CLOUDS)
  describe(`a refusal by ${name}`, () => {
    const asked: number[] = [];
    const scene = stage({
      clouds: (issuer, presented) =>
        start(issuer, async (token) => {
          asked.push(performance.now());
          await presented(token);
        }),
    });

    it('is one call, explained within a second of it: what comes after, such as a slow upload, is not waited for', async () => {
      // The client of artifacts comes back after some seconds.
      const unavailable = {
        method: 'CreateArtifact',
        status: 503,
        code: 'unavailable',
        message: '',
      } as const;
      scene.peers.artifacts.fail({ ...unavailable, times: 1 });
      const said = new Map<string, number>();
      const run = await scene.run({
        inputs: { mode: 'auth-only', dbt: 'no-such-file' },
        onLine: (line) => said.set(line, performance.now()),
      });

      expect(run.exitCode, run.stdout).toBe(1);
      expect(scene.clouds.requests).toHaveLength(1);
      const [explained] = [...said].filter(([line]) => line.startsWith('Cause: '));
      expect(explained, run.stdout).toBeDefined();
      expect(explained?.[1], 'ms').toBeLessThan((asked[0] ?? 0) + 1_000);
      const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
      expect(annotation?.title).toContain('ERR_CREDENTIAL_REFUSED');
    });
  });
