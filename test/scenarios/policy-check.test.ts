import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { workflows } from '../../.ci/workflows.ts';
import { COMPILED, REPOSITORY_ROOT } from '../support/runner.ts';

interface Step {
  readonly name?: string;
  readonly run?: string;
}
interface Workflow {
  readonly on: object;
  readonly jobs: {
    readonly policy: { readonly env: Readonly<Record<string, string>>; readonly steps: readonly Step[] };
  };
}

const PATH = 'examples/workflows/policy-check.yml';
const { on, jobs } = parse(await readFile(join(REPOSITORY_ROOT, PATH), 'utf8')) as Workflow;
const example = (name: string) => readFile(join(REPOSITORY_ROOT, 'examples/policies', name), 'utf8');

/** Two environments that the workflow asks for, in both versions of a policy. */
const POLICY = (await example('team.yml'))
  .replaceAll('environment: ci', 'environment: staging')
  .replaceAll('name: prod,', 'name: production,');
const SUITE = (await example('tests/team.test.yml'))
  .replaceAll('environment: ci', 'environment: staging')
  .replaceAll('environment: prod', 'environment: production');

/** The workspace of the job after its checkouts, without its actions. */
let workspace = '';
let summary = '';
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'policy-check-'));
  summary = join(workspace, 'summary.md');
  await mkdir(join(workspace, '.dbt-passport'));
  await symlink(join(REPOSITORY_ROOT, 'dist'), join(workspace, '.dbt-passport/dist'));
  await write('policies/dbt.yml', POLICY);
  await write('policies/tests/dbt.test.yml', SUITE);
  await cp(join(workspace, 'policies'), join(workspace, '.base/policies'), { recursive: true });
});
afterEach(() => rm(workspace, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(workspace, path)), { recursive: true });
  await writeFile(join(workspace, path), text);
}

/** Every `run` of the job as the runner starts it with `shell: bash`; the steps go on after a failure, as theirs do. */
async function checked(): Promise<{ failed: readonly string[]; output: string; summary: string }> {
  const failed: string[] = [];
  let output = '';
  await writeFile(summary, '');
  for (const { name, run } of jobs.policy.steps) {
    if (run === undefined) continue;
    const ended = await bash(run);
    output += ended.output;
    if (ended.code !== 0) failed.push(name ?? run);
  }
  return { failed, output, summary: await readFile(summary, 'utf8') };
}

function bash(script: string): Promise<{ code: number; output: string }> {
  const env = {
    ...COMPILED,
    ...jobs.policy.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    RUNNER_TEMP: workspace,
    GITHUB_STEP_SUMMARY: summary,
  };
  return new Promise((resolve) => {
    const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
    execFile('bash', shell, { cwd: workspace, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

describe('the example of a policy check', () => {
  it('is looked at by the checks of workflows, and starts on every pull request', () => {
    expect(workflows()).toContain(PATH);
    expect(on).toEqual({ pull_request: null });
  });

  it('passes a good change, and shows what it gives', async () => {
    await write(
      'policies/dbt.yml',
      POLICY.replace('schedule, workflow_dispatch', 'schedule, push, workflow_dispatch'),
    );
    await write('policies/tests/dbt.test.yml', SUITE.replace(/ {2}- name: a push to main\n.*\n.*\n.*\n/, ''));
    const { failed, output, summary: page } = await checked();
    expect(output).not.toMatch(/^::/m);
    expect(failed).toEqual([]);
    expect(page).toMatch(/^\| repository \|/);
    expect(page).toMatch(/```text\nocto-org\/jaffle-shop, environment production\n {2}gains/);
  });

  it('passes a policy that is new', async () => {
    await rm(join(workspace, '.base'), { recursive: true });
    const { failed, summary: page } = await checked();
    expect(failed).toEqual([]);
    expect(page).toContain('The policy is new');
  });

  it('shows a fault at file:line, and still what the other steps say of the text', async () => {
    await write('policies/dbt.yml', POLICY.replace('tag:pii', '"+tag:pii"'));
    const { failed, output } = await checked();
    const line = POLICY.slice(0, POLICY.indexOf('tag:pii')).split('\n').length;
    expect(output).toContain(`::error file=policies/dbt.yml,line=${line},`);
    expect(failed).toEqual([
      'Faults, at file:line',
      'Cases',
      'Who may do what, and whether a repository lacks an environment',
      'What the change gives and takes',
    ]);
  });

  it('shows a case that is not as expected at file:line of the suite', async () => {
    await write('policies/dbt.yml', POLICY.replace('schedule, workflow_dispatch', 'schedule, push'));
    const { failed, output } = await checked();
    const line = SUITE.slice(0, SUITE.indexOf('- name: a push to main')).split('\n').length;
    expect(failed).toEqual(['Cases']);
    expect(output).toContain(`::error file=policies/tests/dbt.test.yml,line=${line},title=policy test`);
  });

  it('stops a change that forgets an environment', async () => {
    await write('policies/dbt.yml', POLICY.replace('environment: staging', 'environment: ci'));
    await write('policies/tests/dbt.test.yml', SUITE.replaceAll('environment: staging', 'environment: ci'));
    expect((await checked()).failed).toEqual([
      'Who may do what, and whether a repository lacks an environment',
    ]);
  });
});
