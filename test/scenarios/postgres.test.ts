import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ACCOUNT, ROLE_ARN, SUBJECT, startAwsAccount } from '../support/aws-account.ts';
import type { AwsSts } from '../support/aws-sts.ts';
import type { Issuer } from '../support/issuer.ts';
import { LONG } from '../support/long-runs.ts';
import type { CloudPeers, Presented } from '../support/passport.ts';
import { type PostgresFront, startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

const REGION = 'eu-west-1';
const USER = 'dbt_jaffle';
const USER_ARN = `arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:db-EXAMPLE/${USER}`;

interface Rds extends CloudPeers {
  readonly sts: AwsSts;
  readonly postgres: PostgresFront;
}

/** AWS STS, and PostgreSQL behind the login of RDS, in the clouds' place. `life`: seconds that AWS sessions, and so passwords, live at most. */
function rds(life?: number) {
  return async (issuer: Issuer, presented: Presented): Promise<Rds> => {
    const sts = await startAwsAccount(issuer, { presented, ...(life && { lifeSeconds: life }) });
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
    await postgres.cluster.sql('analytics', 'create schema shop_closed');
    return {
      ...{ sts, postgres, endpoints: { sts: sts.url }, grant: grantOf(postgres) },
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

function grantOf({ host, port, rootCertificate }: PostgresFront): string {
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
schema: shop
user: ${USER}
ssl_root_cert: ${rootCertificate}
threads: "2"`;
}

const NEEDS = ['warehouseDbt', 'postgres', 'moto'] as const;

// One AWS and one PostgreSQL, so the order counts: each test finds what those before it asked of the services.
describeWith(NEEDS, 'PostgreSQL with RDS IAM', () => {
  const scene = stage({ dbt: 'warehouse', clouds: rds(), project: 'small', lives: 'describe' });
  const sql = (statements: string) => scene.clouds.postgres.cluster.sql('analytics', statements);

  it('denied by the policy: no service is asked for anything', async () => {
    const run = await scene.run({ claims: { ref: 'refs/heads/feature/x', ref_protected: 'false' } });
    expect(run.outputs.get('status')).toBe('denied');
    expect(scene.clouds.sts.requests).toEqual([]);
    expect(scene.clouds.postgres.requests).toEqual([]);
  });

  // That a run with dbt ends at such a refusal too, before dbt works: duckdb-s3.test.ts.
  it('refused where the role does not trust the job: one exchange, no login', async () => {
    scene.clouds.sts.trust(ROLE_ARN, { sub: 'repo:o/other' });
    const run = await scene.run({ inputs: { mode: 'auth-only' } });
    expect(run.exitCode, run.stdout).toBe(1);
    expect(scene.clouds.sts.requests.map(({ outcome }) => outcome)).toEqual(['AccessDenied']);
    expect(scene.clouds.postgres.requests).toEqual([]);
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation?.title).toContain('ERR_CREDENTIAL_REFUSED');
    scene.clouds.sts.trust(ROLE_ARN, { sub: SUBJECT, aud: 'sts.amazonaws.com' });
  });

  it('builds over TLS as the database user, and fails where that has no grants', async () => {
    const { sts, postgres } = scene.clouds;
    const before = { sts: sts.requests.length, tokens: scene.peers.issuer.issued.length };
    const closed = "{{ config(schema='closed') }} select 1 as id";
    await writeFile(join(scene.workspace, 'models', 'closed.sql'), closed);
    const run = await scene.run({
      inputs: { command: 'build --exclude closed\nbuild --select closed' },
    });
    expect(run.exitCode, run.stdout).toBe(1);

    // The first command: who built, and what is told and recorded of it.
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'failed');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(predicateOf(artifact).dbt?.invocations.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(sts.requests.slice(before.sts).map(({ action, outcome }) => [action, outcome])).toEqual([
      ['AssumeRoleWithWebIdentity', 'issued'],
    ]);
    expect(postgres.requests.length).toBeGreaterThan(1);
    expect(new Set(postgres.requests.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    const owners = "select distinct tableowner from pg_tables where schemaname like 'shop%'";
    expect(await sql(owners)).toBe(USER);
    const tokens = scene.peers.issuer.issued.slice(before.tokens);
    expect(tokens, 'one token for the gate, one for AWS').toHaveLength(2);
    const trace = run.outputs.get('trace-id') ?? '';
    const sessions = new Set(postgres.cluster.log().match(new RegExp(`^${USER} .*(?= LOG:)`, 'gm')));
    expect([...sessions]).toEqual([expect.stringMatching(`^${USER} dbt ${trace} \\d+\\.\\d+$`)]);

    // The second one: PostgreSQL's own words, and nothing built.
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.stdout).toContain('permission denied for schema shop_closed');
    expect(run.summary).toContain(`GRANT USAGE, CREATE ON SCHEMA shop_closed TO ${USER};`);
    expect(await sql("select count(*) from pg_tables where schemaname = 'shop_closed'")).toBe('0');
  });

  it('killed while dbt runs: the password file is gone after the post step', async () => {
    const run = await scene.run({ signal: { name: 'SIGKILL', after: /START/ } });
    expect(run.signal).toBe('SIGKILL');
    expect(run.leftovers).toContainEqual(expect.stringMatching(/\/pgpass$/));
    expect(scene.post().leftovers.filter((place) => place.includes('pgpass'))).toEqual([]);
  });
});

/** Seconds; the whole minute when asked for. */
const SECONDS = LONG ? 60 : 20;
const NAP = 4;

describeWith(NEEDS, 'PostgreSQL with tokens of 3 s and sessions of 8 s', () => {
  const scene = stage({ dbt: 'warehouse', tokenLife: 3, clouds: rds(8), project: 'small' });

  it(`a run of more than ${SECONDS} s stays green, with sessions and passwords renewed on the way`, {
    timeout: 400_000,
  }, async () => {
    for (let at = 0; at * NAP < SECONDS; at += 1) {
      const after = at === 0 ? '' : `-- depends_on: {{ ref('nap_${at - 1}') }}`;
      const nap = `{{ config(materialized='table') }} select 1 as id from pg_sleep(${NAP})`;
      await writeFile(join(scene.workspace, 'models', `nap_${at}.sql`), `${after}\n${nap}`);
    }
    const run = await scene.run({ timeoutMs: 300_000 });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.elapsedMs).toBeGreaterThan(SECONDS * 1000);
    const { sts, postgres } = scene.clouds;
    expect(sts.requests.length).toBeGreaterThanOrEqual(SECONDS / 8);
    expect(new Set(sts.requests.map(({ outcome }) => outcome))).toEqual(new Set(['issued']));
    expect(new Set(postgres.requests.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    const passwords = new Set(postgres.requests.map(({ password }) => password));
    expect(passwords.size).toBeGreaterThanOrEqual(SECONDS / 8);
  });
});
