import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DbtInvocation } from '../../src/dbt/invocation.ts';
import { readManifest, readRunResults } from '../../src/dbt/read-artifacts.ts';
import { Secret } from '../../src/secret.ts';
import { command, type Opened, open, type Project, project, REAL_DBT, WITHOUT_DBT } from '../support/dbt.ts';
import { dbtFor } from '../support/tools.ts';

const file = ({ files }: DbtInvocation, name: string) => files.find((entry) => entry.name === name)?.bytes;

describe.skipIf(REAL_DBT === undefined)(`the example in one dbt process${WITHOUT_DBT}`, () => {
  let shop: Project;
  let dbt: Opened;
  const stamps = { DBT_ENV_CUSTOM_ENV_TRACE_ID: '4bf92f3577b34da6a3ce929d0e0e4736' };
  beforeAll(async () => {
    shop = await project('example');
    dbt = await open(shop, { stamps });
  });
  afterAll(async () => {
    await dbt.session.close();
    await shop.remove();
  });

  it('says which dbt it is', async () => {
    const { engine } = dbt.session;
    expect(engine.version).toMatch(/^1\.\d+\.\d+/);
    expect(engine.adapters).toEqual({ duckdb: expect.stringMatching(/^1\.\d+\.\d+/) });
    expect(engine.packages).toContain(`dbt-core==${engine.version}`);
    expect(engine.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('lists what a selection touches, by kind of command, without a database', async () => {
    const nodes = await dbt.session.list(command('build --select tag:nightly'));
    expect(nodes).toContain('model.jaffle_shop.orders');
    expect(nodes).toContain('test.jaffle_shop.orders_below_limit');
    expect(nodes.filter((id) => id.includes('customers'))).toEqual([]);
    expect(await dbt.session.list(command('seed'))).toHaveLength(4);
    expect(await dbt.session.list(command('run --models orders'))).toEqual(['model.jaffle_shop.orders']);
    expect(await dbt.session.list(command('build --resource-type snapshot'))).toEqual([
      'snapshot.jaffle_shop.products_history',
    ]);
    expect(existsSync(join(shop.path, 'test.duckdb'))).toBe(false);
    expect(readManifest(await dbt.session.manifest()).nodes.get('model.jaffle_shop.orders')?.tags).toEqual([
      'nightly',
    ]);
  });

  it('D01 keeps its folder private, out of the repository, and with an empty .env', async () => {
    const [name = ''] = await readdir(shop.tempDir);
    const folder = join(shop.tempDir, name);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'profiles', 'profiles.yml'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'home', '.env'), 'utf8')).toBe('');
    expect(existsSync(join(shop.path, 'target'))).toBe(false);
    expect(existsSync(join(shop.path, 'logs'))).toBe(false);
  });

  it('runs, streams the output and takes the artifacts of this invocation', async () => {
    const invocation = await dbt.run('build --log-level-file debug');
    expect(dbt.output()).toContain('Completed successfully');
    expect(invocation).toMatchObject({ exitCode: 0, signal: null });
    const results = readRunResults(file(invocation, 'run_results.json') ?? new Uint8Array());
    const manifest = readManifest(file(invocation, 'manifest.json') ?? new Uint8Array());
    expect(results.invocationId).toBe(invocation.invocationId);
    expect(manifest.invocationId).toBe(invocation.invocationId);
    expect(manifest.env).toEqual({ TRACE_ID: stamps.DBT_ENV_CUSTOM_ENV_TRACE_ID });
    expect(new Set(results.results.map((result) => result.raw))).toEqual(
      new Set(['success', 'pass', 'no-op']),
    );
    // The stamp arrives in the SQL that is sent to DuckDB.
    const log = Buffer.from(file(invocation, 'dbt.log') ?? []).toString();
    const queries = log.split('\n').filter((line) => line.includes('create') && line.includes('SQLQuery'));
    expect(queries.length).toBeGreaterThan(5);
    for (const query of queries) expect(query).toContain(stamps.DBT_ENV_CUSTOM_ENV_TRACE_ID);
  });

  it('reports a failing test as 1 and a broken request as 2, as dbt does', async () => {
    const failing = await dbt.run(`test --select orders_below_limit --vars '{order_limit_cents: 100}'`);
    expect(failing.exitCode).toBe(1);
    const [result] = readRunResults(file(failing, 'run_results.json') ?? new Uint8Array()).results;
    expect(result).toMatchObject({ status: 'failed', raw: 'fail' });
    const broken = await dbt.run('build --no-such-option');
    expect(broken).toMatchObject({ exitCode: 2, signal: null });
    expect(broken.files.map((entry) => entry.name)).toEqual(['dbt.log']);
    expect(dbt.output()).toContain('No such option');
  });
});

/** A query of a few seconds: long enough to interrupt, and an end to wait for when it cannot be cancelled. */
const SHORT_SQL = `select count(*) as n from range(60000000) as r(i) where sin(i) > 2
{{ config(materialized='table') }}`;
/** A query that outlives every test. */
const SLOW_SQL = `select count(*) as n from range(30000000000) as r(i) where sin(i) > 2
{{ config(materialized='table') }}`;
const CANARY = 'canary-5f2e9b1c';
const FOREIGN = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'GITHUB_TOKEN', 'INPUT_POLICY', 'AWS_SECRET_ACCESS_KEY'];

describe.skipIf(REAL_DBT === undefined)(`what a project could try${WITHOUT_DBT}`, () => {
  let small: Project;
  let dbt: Opened;
  beforeAll(async () => {
    small = await project();
    const asked = [...FOREIGN, 'FROM_DOTENV'].map(
      (name) => `'{{ env_var("${name}", "absent") }}' as ${name}`,
    );
    await small.write('models/environment.sql', `select ${asked.join(', ')}`);
    await small.write('models/password.sql', `select '{{ env_var("DBT_PASSWORD", "none") }}' as p`);
    await small.write('models/slow.sql', SHORT_SQL);
    await small.write(
      'models/chatty.sql',
      "select 1 as id {% if execute %}{% for i in range(12) %}{% do log('chatty says ' ~ 'x' * 1000000) %}{% endfor %}{% endif %}",
    );
    await small.write('.env', `FROM_DOTENV=${CANARY}\n`);
    await writeFile(join(small.tempDir, '.env'), `FROM_DOTENV=${CANARY}\n`);
    const parent = Object.fromEntries(FOREIGN.map((name) => [name, CANARY]));
    await small.write('data/rows.csv', 'id\n1\n2\n');
    await small.write(
      'models/sources.yml',
      'sources: [{ name: raw, meta: { external_location: "data/{name}.csv" }, tables: [{ name: rows }] }]\n',
    );
    await small.write(
      'models/files.sql',
      `{{ config(materialized='external', location='data/copy.csv') }}
select id from {{ source('raw', 'rows') }} union all select id from read_csv('data/rows.csv')`,
    );
    dbt = await open(small, { parent });
  });
  afterAll(async () => {
    await dbt.session.close();
    await small.remove();
  });

  it('FF-C11 a file of the project is found by its relative path, to read and to write, as at a desk', async () => {
    const invocation = await dbt.run('run --select files');
    expect(invocation.exitCode, dbt.output()).toBe(0);
    const copy = await readFile(join(small.path, 'data/copy.csv'), 'utf8');
    expect(
      copy
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ).toEqual(['1', '1', '2', '2', 'id']);
    // What dbt itself writes stays out of the project.
    const beside = (await readdir(small.path)).filter((name) => !name.startsWith('test.duckdb'));
    expect(beside.sort()).toEqual(['.env', 'data', 'dbt_project.yml', 'models']);
  });

  it('D02 a model that asks for tokens, keys and the .env of the repository gets nothing', async () => {
    const invocation = await dbt.run('run --select environment --log-level-file debug');
    expect(invocation.exitCode).toBe(0);
    const files = invocation.files.map(({ bytes }) => Buffer.from(bytes).toString());
    const everything = [dbt.output(), ...files].join('\n');
    expect(everything).not.toContain(CANARY);
    expect(everything).toContain("'absent' as GITHUB_TOKEN");
  });

  it('D03 a model can read the credential of the command that runs, and of no other', async () => {
    const compiled = async (credentials: ReadonlyMap<string, Secret>) => {
      const invocation = await dbt.run('compile --select password', credentials);
      return Buffer.from(file(invocation, 'manifest.json') ?? []).toString();
    };
    expect(await compiled(new Map([['DBT_PASSWORD', new Secret('issued-7c1d')]]))).toContain('issued-7c1d');
    expect(await compiled(new Map())).not.toContain('issued-7c1d');
  });

  it('FF-A20 a log of more than the 10 MiB of one file of dbt is whole', async () => {
    const invocation = await dbt.run('run --select chatty --log-level-file debug');
    const lines = Buffer.from(file(invocation, 'dbt.log') ?? [])
      .toString()
      .trimEnd()
      .split('\n');
    const said = lines.filter((line) => line.includes('chatty says'));
    expect(said.length).toBeGreaterThanOrEqual(12);
    expect(JSON.parse(lines[0] ?? '').info.name).toBe('MainReportVersion');
    expect(lines.at(-1)).toContain(invocation.invocationId);
  });

  it('takes no file that an earlier invocation left', async () => {
    const parse = await dbt.run('parse');
    expect(parse.files.map((entry) => entry.name)).toEqual(['manifest.json', 'dbt.log']);
  });

  it('passes an interrupt on: dbt stops, keeps what it did, and 130 is reported', async () => {
    const running = dbt.run('run --select slow');
    await until(() => /START.*slow/.test(dbt.output()));
    dbt.signal('SIGINT');
    const invocation = await running;
    expect(invocation).toMatchObject({ exitCode: 130, signal: 'SIGINT' });
    expect(file(invocation, 'run_results.json')).toBeDefined();
  });

  it('FF-C9 says that packages are missing, and that `deps` installs them', async () => {
    await small.write('packages.yml', 'packages: [{ package: dbt-labs/dbt_utils, version: 1.3.0 }]\n');
    await expect(dbt.session.list(command('build'))).rejects.toMatchObject({
      code: 'ERR_DBT_PLAN_FAILED',
      reason: 'PACKAGES',
      message: expect.stringMatching(/1 package\(s\).*only 0 package\(s\) installed/),
      hint: expect.stringContaining('`deps`'),
    });
    await small.write('packages.yml', 'packages: []\n');
  });

  it('refuses a project that cannot be parsed before anything runs', async () => {
    await small.write('models/two.sql', `select * from {{ ref('nowhere') }}`);
    await expect(dbt.session.list(command('build'))).rejects.toMatchObject({
      code: 'ERR_DBT_PLAN_FAILED',
      message: expect.stringContaining('nowhere'),
    });
  });
});

// At the same time: each has a dbt of its own, and mostly waits.
describe.skipIf(REAL_DBT === undefined)(`how dbt can end${WITHOUT_DBT}`, { concurrent: true }, () => {
  const ending = async (model: string, change: Parameters<typeof open>[1] = {}, signal?: 'SIGTERM') => {
    const small = await project();
    await small.write(model.startsWith('select') ? 'models/last.sql' : 'models/last.py', model);
    const options = { dbt: dbtFor('duckdb') ?? '', ...change.options };
    const dbt = await open(small, { ...change, options });
    await dbt.session.manifest();
    const running = dbt.run('run --select last');
    if (signal !== undefined) {
      await until(() => /START.*last/.test(dbt.output()));
      dbt.signal(signal);
    }
    const { exitCode, signal: by } = await running;
    await dbt.session.close();
    await dbt.session.close();
    expect(await readdir(small.tempDir)).toEqual([]);
    await small.remove();
    return { exitCode, signal: by };
  };
  const python = (statement: string) =>
    `import os\ndef model(dbt, session):\n    ${statement}\n    return session.sql('select 1 as id')\n`;

  it('by a SIGTERM that is passed on: 143', async () => {
    expect(await ending(SLOW_SQL, {}, 'SIGTERM')).toEqual({ exitCode: 143, signal: 'SIGTERM' });
  });

  it('killed from elsewhere: 137', async () => {
    expect(await ending(python('os.kill(os.getpid(), 9)'))).toEqual({ exitCode: 137, signal: 'SIGKILL' });
  });

  it('by itself with 0 in the middle of its work: not a success', async () => {
    expect(await ending(python('os._exit(0)'))).toEqual({ exitCode: 1, signal: null });
  });

  it('while a process that it left behind goes on: nobody waits for that', async () => {
    const started = Date.now();
    const model = python('import subprocess; subprocess.Popen(["sleep", "90"], start_new_session=True)');
    expect(await ending(model)).toEqual({ exitCode: 0, signal: null });
    expect(Date.now() - started).toBeLessThan(80_000);
  });

  it('because its time is over, and after that the time to cancel: 137', async () => {
    const change = { timeoutSeconds: 20, options: { graceSeconds: 1 } };
    const model = python('import time; time.sleep(600)');
    expect(await ending(model, change)).toEqual({ exitCode: 137, signal: 'SIGKILL' });
  });
});

describe.skipIf(REAL_DBT === undefined)(`a project that never ends its parse${WITHOUT_DBT}`, () => {
  it('is stopped when the time is over', async () => {
    const small = await project();
    const loop = '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}';
    await small.write('models/one.sql', `${loop} select 1 as id`);
    const options = { dbt: dbtFor('duckdb') ?? '', graceSeconds: 1 };
    const { session } = await open(small, { timeoutSeconds: 2, options });
    await expect(session.list(command('build'))).rejects.toMatchObject({ code: 'ERR_DBT_PLAN_FAILED' });
    await session.close();
    await small.remove();
  }, 25_000);
});

describe('an environment without dbt', () => {
  const metadata = (name: string, version: string) =>
    `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;

  it.each([
    ['nothing', [], 'no package dbt-core'],
    ['dbt 2', [['dbt_core', '2.0.9']], 'dbt-core is 2.0.9; supported is 1.8 or later, and not yet 2'],
    ['an old dbt', [['dbt_core', '1.7.3']], 'dbt-core is 1.7.3'],
  ] as const)('is refused early and plainly: %s', async (_, packages, message) => {
    const small = await project();
    execFileSync('python3', ['-m', 'venv', '--without-pip', join(small.path, 'venv')]);
    const [site = ''] = globSync(join(small.path, 'venv/lib/*/site-packages'));
    for (const [name, version] of packages) {
      const folder = relative(small.path, join(site, `${name}-${version}.dist-info`));
      await small.write(join(folder, 'METADATA'), metadata(name.replace('_', '-'), version));
    }
    await small.write('venv/bin/dbt', `#!${join(small.path, 'venv/bin/python3')}\n`);
    await chmod(join(small.path, 'venv/bin/dbt'), 0o755);
    const opening = open(small, { options: { dbt: join(small.path, 'venv/bin/dbt') } });
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_DBT_UNAVAILABLE',
      message: expect.stringContaining(message),
    });
    expect(await readdir(small.tempDir)).toEqual([]);
    await small.remove();
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
