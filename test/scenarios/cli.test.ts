import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubClaims } from '../support/claims.ts';
import { EXAMPLE, PRODUCTION } from '../support/passport.ts';
import { runCli } from './verify-artifact.ts';

const POLICY = join(EXAMPLE, 'policy.yml');

describe('the command line', () => {
  let folder = '';
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const claims = (name: string, overrides: object) =>
    file(
      name,
      JSON.stringify(githubClaims({ aud: 'dbt-passport/jaffle-shop', ...PRODUCTION, ...overrides })),
    );
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('policy lint: a good policy is 0, a bad one is 1 with file:line:column', async () => {
    expect(await runCli(['policy', 'lint', POLICY])).toEqual({
      exitCode: 0,
      text: expect.stringContaining('2 rules, 0 errors'),
    });
    const bad = await file('bad.yml', 'version: "1"\nisuer: https://token.actions.githubusercontent.com\n');
    const { exitCode, text } = await runCli(['policy', 'lint', bad]);
    expect(exitCode).toBe(1);
    expect(text).toContain(`${bad}:2:`);
    expect(text).toContain('issuer');
  });

  it('policy explain: 0 for who is allowed, 3 with the table for who is not', async () => {
    const good = await runCli(['policy', 'explain', POLICY, '--claims', await claims('good.json', {})]);
    expect(good).toEqual({ exitCode: 0, text: expect.stringMatching(/Allowed by rule production/) });
    const other = await claims('other.json', { ref: 'refs/heads/dev' });
    const denied = await runCli(['policy', 'explain', POLICY, '--claims', other]);
    expect(denied.exitCode).toBe(3);
    expect(denied.text).toContain('refs/heads/dev');
    expect(denied.text).toContain('fix:');
    const deny = await file('deny.yml', `${await readFile(POLICY, 'utf8')}\ndeny: { actor_id: ["42"] }\n`);
    const rerun = (by: string) =>
      claims('again.json', {}).then((path) =>
        runCli(['policy', 'explain', deny, '--claims', path, '--rerun-by', by]),
      );
    expect(await rerun('bob:42'), 'FF-A17').toMatchObject({
      exitCode: 3,
      text: expect.stringContaining('DENY_LIST'),
    });
    expect(await rerun('carol:43')).toMatchObject({ exitCode: 0 });
    expect(await rerun('unverified')).toMatchObject({ exitCode: 3 });
    expect(await rerun('bob')).toMatchObject({ exitCode: 2, text: expect.stringContaining('LOGIN:ID') });
    const elsewhere = await runCli([
      ...['policy', 'explain', POLICY, '--claims', await claims('same.json', {})],
      ...['--environment', 'staging'],
    ]);
    expect(elsewhere, 'the environment that the caller asks for').toMatchObject({ exitCode: 3 });
    const json = await runCli(['policy', 'explain', POLICY, '--claims', other, '--json']);
    expect(JSON.parse(json.text)).toMatchObject({ allow: false, nearest: 'production' });
  });

  it.each([
    ['an unknown command', ['prove']],
    ['an unknown option', ['verify', '.', '--keys', 'x']],
    ['verify without anything to trust', ['verify', '.']],
    ['a policy that is not there', ['policy', 'lint', 'nowhere.yml']],
    ['claims that are not JSON', ['policy', 'explain', POLICY, '--claims', POLICY]],
  ])('exit code 2 for %s', async (_, args) => {
    expect((await runCli(args)).exitCode).toBe(2);
  });

  it('--help and --version end well', async () => {
    expect(await runCli(['--help'])).toEqual({ exitCode: 0, text: expect.stringMatching(/verify/) });
    expect(await runCli(['--version'])).toEqual({
      exitCode: 0,
      text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
