import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ACCOUNT, BUCKET, ROLE_ARN, SUBJECT, startAwsAccount } from '../support/aws-account.ts';
import { installExtensions } from '../support/duckdb-extensions.ts';
import type { Issuer } from '../support/issuer.ts';
import { LONG } from '../support/long-runs.ts';
import type { Presented } from '../support/passport.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

/** Seconds that each of the three slow models takes; `DBT_PASSPORT_LONG_RUNS=true` makes a run of a minute of them. */
const SLOW_SECONDS = LONG ? 20 : 7;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/passport/gh-456789-1746933707-1`;
const GRANT = `
kind: duckdb
path: jaffle_shop.duckdb
threads: "4"
s3:
  scope: s3://${BUCKET}
  aws:
    role_arn: ${ROLE_ARN}
    region: eu-central-1
    allow:
      - { actions: ["s3:GetObject", "s3:PutObject"], resources: ["arn:aws:s3:::${BUCKET}/marts/*"] }`;

async function account(issuer: Issuer, presented: Presented) {
  const sts = await startAwsAccount(issuer, { presented });
  const secrets = () => sts.issued.flatMap((one) => [one.secretAccessKey, one.sessionToken]);
  return { ...sts, endpoints: { sts: sts.url, aws: sts.url }, grant: GRANT, secrets };
}

// One AWS, so the order counts: each test finds what those before it asked of it.
describeWith(['warehouseDbt', 'moto'], 'DuckDB with S3, as an IAM role', () => {
  const scene = stage({
    clouds: account,
    dbt: 'warehouse',
    tokenLife: 3,
    project: 'small',
    lives: 'describe',
  });
  const model = (name: string, text: string) => writeFile(join(scene.workspace, 'models', name), text);
  /** A table that is then written to the bucket. */
  const written = (name: string, query: string, folder = 'marts') => {
    const copy = `copy {{ this }} to 's3://${BUCKET}/${folder}/${name}.parquet'`;
    return model(`${name}.sql`, `{{ config(post_hook="${copy}") }} ${query}`);
  };
  const slow = (name: string, after: string) =>
    model(
      `${name}.py`,
      `import time\ndef model(dbt, session):\n    dbt.ref('${after}')\n    time.sleep(${SLOW_SECONDS})\n    return session.sql('select 1 as id')\n`,
    );
  const run = (command: string) =>
    scene.run({ inputs: { command }, env: { HOME: scene.workspace }, timeoutMs: 200_000 });
  beforeAll(() => installExtensions(scene.workspace));

  it('a refusal is one call, explained before dbt starts', async () => {
    const sub = SUBJECT.replace('production', 'development');
    scene.clouds.trust(ROLE_ARN, { sub, aud: 'sts.amazonaws.com' });
    const done = await scene.run({ inputs: { command: 'build' } });

    expect(done.exitCode).toBe(1);
    expect(scene.clouds.requests.map(({ outcome }) => outcome)).toEqual(['AccessDenied']);
    const [error] = done.log.annotations.filter(({ level }) => level === 'error');
    expect(error?.title).toContain('ERR_CREDENTIAL_REFUSED');
    expect(error?.message).toContain('sts:AssumeRoleWithWebIdentity');
    expect(done.log.text).not.toContain('Running with dbt');
    scene.clouds.trust(ROLE_ARN, { sub: SUBJECT, aud: 'sts.amazonaws.com' });
  });

  it('writes to the bucket and reads from it as the session of the run; what its policy lacks is refused by S3, not by dbt', async () => {
    await written('exported', "select * from {{ ref('stg_orders') }}");
    const file = `s3://${BUCKET}/marts/exported.parquet`;
    await model(
      'imported.sql',
      `-- depends_on: {{ ref('exported') }}\nselect count(*) as orders from '${file}'`,
    );
    await written('elsewhere', 'select 1 as id', 'raw');
    const { clouds } = scene;
    const before = clouds.requests.length;
    const done = await run('build --exclude elsewhere\nbuild --select elsewhere');

    const { exitCode, text, files } = await verifyArtifact(scene.peers, done, '--expect-status', 'failed');
    expect(exitCode, text).toBe(0);
    const bundle = JSON.parse(files.get('dbt-evidence.sigstore.json') ?? '');
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
    expect(statement.predicate.credentials).toMatchObject([
      { provider: 'aws', principal: SESSION, route: 'container credentials' },
    ]);
    expect(statement.predicate.dbt.invocations).toMatchObject([{ exitCode: 0 }, { exitCode: 1 }]);

    const requests = clouds.requests.slice(before);
    expect(requests.map(({ outcome }) => outcome)).toEqual(['issued']);
    expect(requests[0]?.parameters).toMatchObject({
      RoleSessionName: 'gh-456789-1746933707-1',
      DurationSeconds: '3600',
      Policy: expect.stringContaining(`arn:aws:s3:::${BUCKET}/marts/*`),
    });
    const [session] = clouds.issued;
    expect(new Set(clouds.used.map(({ accessKeyId }) => accessKeyId))).toEqual(
      new Set([session?.accessKeyId]),
    );
    expect(clouds.used.map(({ request, outcome }) => `${request} ${outcome}`)).toEqual(
      expect.arrayContaining([
        `PUT /${BUCKET}/marts/exported.parquet 200`,
        `GET /${BUCKET}/marts/exported.parquet 206`,
      ]),
    );

    expect(done.exitCode).toBe(1);
    const outside = clouds.used.filter(({ request }) => request.includes(`/${BUCKET}/raw/`));
    expect(new Set(outside.map(({ outcome }) => outcome))).toEqual(new Set(['AccessDenied']));
    expect(done.log.text).toContain('AccessDenied');
  });

  it(`tokens of 3 s and sessions of 8 s last for a run of ${3 * SLOW_SECONDS} s: each write has a session that lives`, async () => {
    const { clouds } = scene;
    const before = { requests: clouds.requests.length, used: clouds.used.length };
    clouds.setLife(8);
    await written('first', 'select 1 as id');
    await slow('second', 'first');
    await written('third', "select * from {{ ref('second') }}");
    await slow('fourth', 'third');
    await written('fifth', "select * from {{ ref('fourth') }}");
    await slow('sixth', 'fifth');
    await written(
      'seventh',
      `select * from {{ ref('sixth') }} union all from 's3://${BUCKET}/marts/first.parquet'`,
    );
    const done = await run('build --select first second third fourth fifth sixth seventh');

    expect(done.exitCode, done.stdout).toBe(0);
    const requests = clouds.requests.slice(before.requests);
    expect(requests.every(({ outcome }) => outcome === 'issued')).toBe(true);
    expect(requests.length).toBeGreaterThanOrEqual(4);
    // Of one command, as long as that may take.
    expect(new Set(requests.map(({ parameters }) => parameters['DurationSeconds']))).toEqual(
      new Set(['3000']),
    );
    const writes = clouds.used.slice(before.used).filter(({ request }) => request.startsWith('PUT '));
    expect(writes.map(({ outcome }) => outcome)).toEqual(['200', '200', '200', '200']);
    expect(new Set(writes.map(({ accessKeyId }) => accessKeyId)).size).toBe(4);
  });
});
