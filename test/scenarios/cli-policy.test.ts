import { readFileSync } from 'node:fs';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubClaims } from '../support/claims.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { runCli } from './verify-artifact.ts';

const example = (name: string) => join(REPOSITORY_ROOT, 'examples', 'policies', name);
const TEAM = example('team.yml');
const policy = (...args: readonly string[]) => runCli(['policy', ...args]);

/** As the table of docs/policy-commands.md has them, with 2, a wrong call. */
const CODES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  readFileSync(join(REPOSITORY_ROOT, 'docs/policy-commands.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name = '', ...cells] = line.split('|').map((cell) => cell.trim());
      const command = /^\[`(\w+)`\]/.exec(name)?.[1];
      if (command === undefined) return [];
      const codes = ['0', '1', '3'].filter((_, index) => cells[index + 1] !== '');
      return [[command, [...codes, '2'].sort()]];
    }),
);

describe('policy commands of the built command line', () => {
  let folder = '';
  const path = (name: string) => join(folder, name);
  const file = async (name: string, text: string) => {
    await writeFile(path(name), text);
    return path(name);
  };
  const claims = (name: string, overrides: object = {}) =>
    file(name, JSON.stringify(githubClaims({ ...overrides })));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-policy-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('lint: 1 with annotations for a pull request, 0 or 1 for a warning', async () => {
    const text = (await readFile(TEAM, 'utf8')).replace('environment: ci', 'enviroment: ci');
    const bad = await file('bad.yml', text);
    const { exitCode, text: shown } = await policy('lint', bad, '--format', 'github');
    expect(exitCode).toBe(1);
    expect(shown).toContain(`${bad}:21:5: E18`);
    expect(shown).toMatch(/^::error file=.*bad\.yml,line=21,col=5,title=E18/m);
    const spare = await file(
      'spare.yml',
      (await readFile(TEAM, 'utf8')).replace('grants:', 'grants:\n  spare: { kind: duckdb, path: x.duckdb }'),
    );
    expect((await policy('lint', spare)).exitCode).toBe(0);
    expect((await policy('lint', spare, '--strict')).exitCode).toBe(1);
    const json = JSON.parse((await policy('lint', spare, '--json')).text);
    expect(json).toMatchObject({ rules: 2, problems: [{ code: 'W06', severity: 'warning' }] });
  });

  it('test: 0 beside the policy, 1 with a failing case, 2 without a denying one', async () => {
    expect(await policy('test', TEAM)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('# all 10 as expected'),
    });
    const suite = await readFile(example('tests/team.test.yml'), 'utf8');
    const wrong = await file(
      'wrong.test.yml',
      suite.replace('expect: allow', 'expect: deny').replace('rule: prod-nightly', ''),
    );
    const failed = await policy('test', TEAM, '--cases', wrong, '--format', 'github');
    expect(failed.exitCode).toBe(1);
    expect(failed.text).toContain('not ok 1 - the nightly run');
    expect(failed.text).toMatch(/^::error file=.*wrong\.test\.yml,line=17,title=policy test/m);
    const lax = await file('lax.test.yml', suite.slice(0, suite.indexOf('  - name: a pull request that')));
    const refused = await policy('test', TEAM, '--cases', lax);
    expect(refused).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('expected a case with `expect: deny`'),
    });
    expect(JSON.parse((await policy('test', TEAM, '--json')).text).untestedRules).toEqual([]);
    expect((await policy('test', example('snowflake.yml'))).exitCode, 'no suite').toBe(2);
  });

  it('reads a file from standard input, once', async () => {
    const text = JSON.stringify(githubClaims({ event_name: 'schedule' }));
    expect(await runCli(['policy', 'explain', TEAM, '--claims', '-'], text)).toMatchObject({ exitCode: 0 });
    expect(await runCli(['policy', 'lint', '-'], await readFile(TEAM, 'utf8'))).toMatchObject({
      exitCode: 0,
    });
    expect(await runCli(['policy', 'diff', '-', '-'], await readFile(TEAM, 'utf8'))).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('expected - once'),
    });
  });

  it('explain and suggest: 3 or 0, with a rule that then allows', async () => {
    const token = await claims('push.json');
    const explained = await policy('explain', TEAM, '--claims', token);
    expect(explained).toMatchObject({
      exitCode: 3,
      text: expect.stringContaining('Smallest change of the workflow: 1 thing'),
    });
    const suggested = await policy('suggest', TEAM, '--claims', token, '--json');
    expect(suggested.exitCode).toBe(0);
    const next = await file('next.yml', JSON.parse(suggested.text).policy);
    expect(await policy('explain', next, '--claims', token)).toMatchObject({ exitCode: 0 });
    expect(await policy('suggest', TEAM, '--claims', token, '--grant', 'x')).toMatchObject({ exitCode: 2 });
    const never = await claims('target.json', { event_name: 'pull_request_target' });
    expect(await policy('suggest', TEAM, '--claims', never)).toMatchObject({ exitCode: 3 });
    const gained = await policy('diff', TEAM, next);
    expect(gained).toMatchObject({ exitCode: 3, text: expect.stringContaining('gains (rule prod-push)') });
  });

  it('matrix and diff: 3 when something differs or was forgotten', async () => {
    expect(await policy('matrix', TEAM)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('prod-nightly'),
    });
    expect((await policy('matrix', TEAM, '--markdown')).text).toMatch(/^\| repository \|/);
    expect(await policy('matrix', TEAM, '--diff', 'ci', 'prod')).toMatchObject({ exitCode: 3 });
    expect(await policy('matrix', TEAM, '--diff', 'ci', 'production')).toMatchObject({ exitCode: 2 });
    expect(await policy('matrix', TEAM, '--diff', 'ci')).toMatchObject({ exitCode: 2 });
    expect(await policy('matrix', TEAM, '--require', 'ci', 'staging')).toMatchObject({
      exitCode: 3,
      text: expect.stringContaining('octo-org/jaffle-shop: staging'),
    });
    expect(await policy('diff', TEAM, TEAM)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('No change'),
    });
    expect(JSON.parse((await policy('diff', TEAM, TEAM, '--json')).text)).toEqual({
      general: [],
      changes: [],
    });
  });

  it('init: files that lint, test and explain accept, and that are never overwritten', async () => {
    const token = await claims('first.json');
    const made = path('first.yml');
    const grant = ['--grant', 'duckdb', 'path=shop.duckdb', 'tier=nonprod'];
    expect(await policy('init', made, '--claims', token, ...grant)).toMatchObject({ exitCode: 0 });
    for (const command of ['lint', 'test'])
      expect(await policy(command, made), command).toMatchObject({ exitCode: 0 });
    expect(await policy('explain', made, '--claims', token)).toMatchObject({ exitCode: 0 });
    const before = await readFile(made, 'utf8');
    expect(await policy('init', made, '--claims', token)).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('never overwritten'),
    });
    expect(await readFile(made, 'utf8')).toBe(before);
    await writeFile(path('second.test.yml'), 'mine');
    expect((await policy('init', path('second.yml'), '--claims', token)).exitCode).toBe(2);
    await expect(access(path('second.yml'))).rejects.toThrow();
  });

  it('render: the trust with what it does not check', async () => {
    const shown = await policy('render', 'snowflake', example('snowflake.yml'));
    expect(shown).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('What snowflake does not check'),
    });
    const written = await policy('render', 'snowflake', example('snowflake.yml'), '--out', path('trust'));
    expect(written.exitCode).toBe(0);
    expect(await readFile(path('trust/acme-prod.sql'), 'utf8')).toContain('WORKLOAD IDENTITY');
    expect(written.text).toMatch(
      /\nOnce it is applied, with the same options: dbt-passport policy drift snowflake .*snowflake\.yml DEPLOYED/,
    );
    expect((await policy('render', 'mars', TEAM)).exitCode).toBe(2);
  });

  it('tells of --help when it is called wrongly', async () => {
    expect((await policy('explain', TEAM)).text).toMatch(/'--claims <json>' not specified\n\(add --help/);
  });

  it('render: of a policy that hands out nothing there, what it does hand out', async () => {
    const elsewhere = await policy('render', 'azure', example('warehouses.yml'));
    const told = [...elsewhere.text.matchAll(/For its grants: dbt-passport policy render (\w+)/g)];
    expect(told.map(([, target]) => target)).toEqual(['aws', 'gcp', 'snowflake']);
    expect(elsewhere).toMatchObject({ exitCode: 0, text: expect.stringContaining('With --principal') });
  });

  it.each([
    ['no claims', ['suggest', TEAM]],
    ['an unknown format', ['lint', TEAM, '--format', 'xml']],
    ['one policy for diff', ['diff', TEAM]],
    ['claims that are no file', ['explain', TEAM, '--claims', 'nowhere.json']],
    ['a folder', ['lint', example('')]],
    ['annotations within JSON', ['lint', TEAM, '--json', '--format', 'github']],
    ['a page within JSON', ['matrix', TEAM, '--json', '--markdown']],
    ['a policy in the place of a suite', ['test', TEAM, '--cases', TEAM]],
    ['a first policy without a run', ['init', join(tmpdir(), 'no-such-folder', 'x.yml')]],
    ['a target that is none', ['render', 'mars', TEAM]],
    ['drift without a file', ['drift', 'aws', TEAM]],
    [
      'an issuer beside claims',
      ['init', 'x.yml', '--claims', 'x.json', '--issuer', 'https://github.example'],
    ],
  ])('2 for %s', async (_, args) => {
    expect((await policy(...args)).exitCode).toBe(2);
  });

  it.each(['lint', 'test', 'explain', 'matrix', 'diff', 'suggest', 'init', 'render', 'drift'])(
    '%s tells its exit codes',
    async (command) => {
      const { exitCode, text } = await policy(command, '--help');
      expect(exitCode).toBe(0);
      const [, told = ''] = /Exit codes:\n((?: {2}[0-9] .*\n?)+)/.exec(text) ?? [];
      const codes = [...told.matchAll(/^ {2}([0-9])/gm)].map(([, code]) => code);
      expect(codes).toEqual(CODES[command]);
    },
  );
});
