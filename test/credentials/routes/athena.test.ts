import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clouds } from '../../../src/adapters/clouds.ts';
import { openVault } from '../../../src/adapters/vault.ts';
import type { OpenRoute } from '../../../src/credentials/desk.ts';
import { openAthena } from '../../../src/credentials/routes/athena.ts';
import type { AthenaGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';
import { startAwsAccount } from '../../support/aws-account.ts';
import type { AwsSts } from '../../support/aws-sts.ts';
import { type Issuer, startIssuer } from '../../support/issuer.ts';
import { describeWith, toolPath } from '../../support/tools.ts';
import { ASSUMED, awsDesk, ROLE } from '../aws/desk.ts';

const GRANT: AthenaGrant = {
  kind: 'athena',
  aws: ROLE,
  s3StagingDir: 's3://passport-data/athena/',
  database: 'awsdatacatalog',
  schema: 'marts',
  threads: 4,
};
/** What dbt-athena and dbt-redshift do to come by credentials: a new session of boto3 with nothing given. */
const WHO = `
import boto3, time, sys
for pause in sys.argv[1:]:
    time.sleep(float(pause))
    session = boto3.session.Session()
    print(session.client("sts").get_caller_identity()["Arn"], session.get_credentials().method)
`;

/**
 * No emulator of Athena runs dbt honestly: moto gives canned rows. So this shows the part that is ours, that the boto of
 * dbt's environment is the role, signs as it, and is renewed.
 */
describeWith(['warehouseDbt', 'moto'], 'openAthena, with the boto3 of dbt', () => {
  let issuer: Issuer;
  let front: AwsSts;
  let vault: Awaited<ReturnType<typeof openVault>>;
  let folder: string;
  beforeAll(async () => {
    issuer = await startIssuer({ claims: { environment: 'production' } });
    front = await startAwsAccount(issuer);
    folder = await mkdtemp(join(tmpdir(), 'athena-'));
    vault = await openVault(folder, () => {});
  }, 60_000);
  afterAll(async () => {
    await vault?.close();
    await front?.close();
    await issuer?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const open = () => {
    const endpoints = { sts: front.url, aws: front.url };
    const desk = {
      ...awsDesk({}).desk,
      ...vault,
      clouds: clouds(endpoints),
      endpoints,
      idToken: async (audience: string) => new Secret(await issuer.mint({ audience })),
      timing: { now: () => new Date(), sleep: async () => {}, random: () => 0 },
    };
    return openAthena(GRANT, desk);
  };
  const boto = async ({ variables }: OpenRoute, ...args: string[]) => {
    const env = Object.fromEntries(
      [...variables].map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
    );
    const python = join(dirname(toolPath('warehouseDbt')), 'python');
    const ended = await promisify(execFile)(python, ['-c', WHO, ...args], {
      env: { HOME: folder, ...env },
    }).catch((error: { readonly stdout: string; readonly stderr: string }) => error);
    return `${ended.stdout}${ended.stderr}`;
  };

  it('is the role of the grant, through the broker', async () => {
    expect(await boto(await open(), '0')).toBe(`${ASSUMED} container-role\n`);
  });

  it('has a session that lives at each call, long after the first has ended', async () => {
    front.setLife(3);
    const route = await open();
    const before = front.requests.length;
    expect(await boto(route, '0', '3', '3')).toBe(`${ASSUMED} container-role\n`.repeat(3));
    expect(front.requests.length).toBeGreaterThan(before);
    front.setLife(undefined);
  });

  it("shows the reason in dbt's own error when AWS refuses to renew", async () => {
    front.setLife(1);
    const route = await open();
    front.refuse({ status: 403, code: 'AccessDenied', message: 'Not authorized to perform it any more' });
    const output = await boto(route, '1.2');
    front.refuse(undefined);
    front.setLife(undefined);
    expect(output).toContain('dbt-passport could not renew the session while dbt ran');
    expect(output).toContain('Not authorized to perform it any more');
  });
});
