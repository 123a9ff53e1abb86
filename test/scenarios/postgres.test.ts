import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ACCOUNT, ROLE_ARN, startAwsAccount } from '../support/aws-account.ts';
import type { AwsSts, TrustedRole } from '../support/aws-sts.ts';
import type { Issuer } from '../support/issuer.ts';
import type { CloudPeers, Presented } from '../support/passport.ts';
import { type PostgresFront, startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const REGION = 'eu-west-1';
const USER = 'dbt_jaffle';
const USER_ARN = `arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:db-EXAMPLE/${USER}`;

interface Rds extends CloudPeers {
  readonly sts: AwsSts;
  readonly postgres: PostgresFront;
}

interface Setting {
  /** Where dbt is to build. The user has grants on `shop` and the two schemas beside it only. */
  readonly schema?: string;
  /** Seconds that AWS sessions, and so passwords, live at most. */
  readonly life?: number;
  readonly trust?: Partial<TrustedRole>;
}

/** AWS STS, and PostgreSQL behind the login of RDS, in the clouds' place. */
function rds({ schema = 'shop', life, trust }: Setting = {}) {
  return async (issuer: Issuer, presented: Presented): Promise<Rds> => {
    const sts = await startAwsAccount(issuer, {
      presented,
      ...(life && { lifeSeconds: life }),
      ...(trust && { trust }),
    });
    const postgres = await startPostgres({
      ...{ region: REGION, users: { [USER]: { arn: USER_ARN, roleArn: ROLE_ARN } } },
      ...{ sessions: () => sts.issued, lifeSeconds: life ?? 900, presented },
    });
    await postgres.cluster.sql('postgres', `create role ${USER} login`);
    await postgres.cluster.sql('postgres', 'create database analytics');
    for (const name of ['shop', 'shop_raw', 'shop_history']) {
      const grants = `create schema ${name}; grant usage, create on schema ${name} to ${USER}`;
      await postgres.cluster.sql('analytics', grants);
    }
    for (const name of ['finance', 'finance_raw', 'finance_history'])
      await postgres.cluster.sql('analytics', `create schema ${name}`);
    return {
      ...{ sts, postgres, endpoints: { sts: sts.url }, grant: grantOf(postgres, schema) },
      secrets: () => [
        ...sts.issued.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
        ...postgres.requests.map(({ password }) => password),
      ],
      close: async () => {
        await Promise.all([sts.close(), postgres.close()]);
      },
    };
  };
}

function grantOf({ host, port, rootCertificate }: PostgresFront, schema: string): string {
  return `
kind: postgres
aws:
  role_arn: ${ROLE_ARN}
  region: ${REGION}
  allow:
    - actions: [rds-db:connect]
      resources: ["${USER_ARN}"]
host: ${host}
port: "${port}"
database: analytics
schema: ${schema}
user: ${USER}
ssl_root_cert: ${rootCertificate}
threads: "2"`;
}

const NEEDS = ['warehouseDbt', 'postgres', 'moto'] as const;

describeWith(NEEDS, 'PostgreSQL with RDS IAM', () => {
  const scene = stage({ dbt: 'warehouse', clouds: rds() });

  it('allowed: builds the example over TLS as the database user, and records who it was', async () => {
    const run = await scene.run();
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.get('status')).toBe('succeeded');
    const { sts, postgres } = scene.clouds;
    expect(sts.requests.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['AssumeRoleWithWebIdentity', 'issued'],
    ]);
    expect(postgres.requests.length).toBeGreaterThan(1);
    expect(new Set(postgres.requests.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    const owners = "select distinct tableowner from pg_tables where schemaname like 'shop%'";
    expect(await postgres.cluster.sql('analytics', owners)).toBe(USER);
    expect(scene.peers.issuer.issued, 'one token for the gate, one for AWS').toHaveLength(2);
    const trace = run.outputs.get('trace-id') ?? '';
    const sessions = new Set(postgres.cluster.log().match(new RegExp(`^${USER} .*(?= LOG:)`, 'gm')));
    expect([...sessions]).toEqual([expect.stringMatching(`^${USER} dbt ${trace} \\d+\\.\\d+$`)]);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(0);
  });

  it('killed while dbt runs: the password file is gone after the post step', async () => {
    const run = await scene.run({ signal: { name: 'SIGKILL', after: /START/ } });
    expect(run.signal).toBe('SIGKILL');
    expect(run.leftovers).toContainEqual(expect.stringMatching(/\/pgpass$/));
    expect(scene.post().leftovers.filter((place) => place.includes('pgpass'))).toEqual([]);
  });

  it('denied by the policy: no service is asked for anything', async () => {
    const run = await scene.run({ claims: { ref: 'refs/heads/feature/x', ref_protected: 'false' } });
    expect(run.outputs.get('status')).toBe('denied');
    expect(scene.clouds.sts.requests).toEqual([]);
    expect(scene.clouds.postgres.requests).toEqual([]);
  });
});

describeWith(NEEDS, 'PostgreSQL where the role does not trust the job', () => {
  const scene = stage({ dbt: 'warehouse', clouds: rds({ trust: { conditions: { sub: 'repo:o/other' } } }) });

  it('refused: one exchange, no login', async () => {
    const run = await scene.run();
    expect(run.exitCode, run.stdout).toBe(1);
    expect(scene.clouds.sts.requests.map(({ outcome }) => outcome)).toEqual(['AccessDenied']);
    expect(scene.clouds.postgres.requests).toEqual([]);
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation?.title).toContain('ERR_CREDENTIAL_REFUSED');
  });
});

describeWith(NEEDS, 'PostgreSQL where the user has no grants on the schema', () => {
  const scene = stage({ dbt: 'warehouse', clouds: rds({ schema: 'finance' }) });

  it("fails with PostgreSQL's own words, and builds nothing", async () => {
    const run = await scene.run();
    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.stdout).toContain('permission denied for schema finance_raw');
    expect(run.summary).toContain(`GRANT USAGE, CREATE ON SCHEMA finance_raw TO ${USER};`);
    const tables = "select count(*) from pg_tables where schemaname like 'finance%'";
    expect(await scene.clouds.postgres.cluster.sql('analytics', tables)).toBe('0');
  });
});

/** Seconds; the whole minute when asked for. */
const LONG = process.env['DBT_PASSPORT_LONG_RUNS'] === 'true' ? 60 : 20;
const NAP = 4;

describeWith(NEEDS, 'PostgreSQL with tokens of 3 s and sessions of 8 s', () => {
  const scene = stage({ dbt: 'warehouse', tokenLife: 3, clouds: rds({ life: 8 }) });

  it(`a run of more than ${LONG} s stays green, with sessions and passwords renewed on the way`, {
    timeout: 400_000,
  }, async () => {
    const models = join(scene.workspace, 'models', 'slow');
    await mkdir(models);
    for (let at = 0; at * NAP < LONG; at += 1) {
      const after = at === 0 ? '' : `-- depends_on: {{ ref('nap_${at - 1}') }}`;
      const nap = `{{ config(materialized='table') }} select 1 as id from pg_sleep(${NAP})`;
      await writeFile(join(models, `nap_${at}.sql`), `${after}\n${nap}`);
    }
    const run = await scene.run({ timeoutMs: 300_000 });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.elapsedMs).toBeGreaterThan(LONG * 1000);
    const { sts, postgres } = scene.clouds;
    expect(sts.requests.length).toBeGreaterThanOrEqual(LONG / 8);
    expect(new Set(sts.requests.map(({ outcome }) => outcome))).toEqual(new Set(['issued']));
    expect(new Set(postgres.requests.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    const passwords = new Set(postgres.requests.map(({ password }) => password));
    expect(passwords.size).toBeGreaterThanOrEqual(LONG / 8);
  });
});
