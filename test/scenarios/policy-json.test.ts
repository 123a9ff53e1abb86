import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubClaims } from '../support/claims.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { runCli } from './verify-artifact.ts';

const PAGE = readFileSync(join(REPOSITORY_ROOT, 'docs/policy-json.md'), 'utf8');
const example = (name: string) => join(REPOSITORY_ROOT, 'examples', name);
const TEAM = example('policies/team.yml');
const SNOWFLAKE = example('policies/snowflake.yml');

/** Objects whose keys are those of a policy or of a token, at these paths. */
const OPEN = /\.(when|rule|acceptedBy\w+)$/;
const KINDS: Readonly<Record<string, string>> = { string: 'text' };

/** Every value of an answer that is no list and no object, with its path; an empty list is `nothing`. */
function leavesOf(value: unknown, path: string): readonly (readonly [path: string, kind: string])[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [[`${path}[]`, 'nothing']];
    return value.flatMap((item) => leavesOf(item, `${path}[]`));
  }
  if (value === null) return [[path, 'null']];
  if (typeof value !== 'object' || OPEN.test(path)) return [[path, KINDS[typeof value] ?? typeof value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** `path: kind` of every value that is in any of the answers, in the order of appearance. */
function shapeOf(answers: readonly unknown[]): readonly string[] {
  const kinds = new Map<string, Set<string>>();
  for (const [path, kind] of answers.flatMap((answer) => leavesOf(answer, ''))) {
    kinds.set(path, (kinds.get(path) ?? new Set()).add(kind));
  }
  return [...kinds].flatMap(([path, found]) => {
    found.delete('nothing');
    return found.size === 0 ? [] : [`${path}: ${[...found].sort().join(' or ')}`];
  });
}

/** The lines of a command's block on the page. */
function documented(command: string): readonly string[] {
  const section = PAGE.split('\n## ').find((part) => part.startsWith(`${command}\n`));
  const [, block] = /```text\n([\s\S]*?)```/.exec(section ?? '') ?? [];
  return (block ?? '').trimEnd().split('\n');
}

describe('--json', () => {
  let folder = '';
  const path = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policy-json-'));
    const claims = (more: object) => JSON.stringify(githubClaims({ ...more }));
    await writeFile(path('push.json'), claims({}));
    await writeFile(path('own.json'), claims({ repository: 'octo-org/other', repository_id: '77' }));
    await writeFile(path('schedule.json'), claims({ event_name: 'schedule' }));
    await writeFile(path('target.json'), claims({ event_name: 'pull_request_target' }));
    await writeFile(
      path('audit.yml'),
      (await readFile(TEAM, 'utf8')).replace('serial:', 'mode: audit\nserial:'),
    );
    await writeFile(
      path('bad.yml'),
      (await readFile(TEAM, 'utf8')).replace('environment: ci', 'enviroment: ci'),
    );
    await writeFile(path('stage.json'), claims({ environment: 'stage' }));
    await writeFile(path('acme-prod_dbt_ci.user.json'), '[{"property":"HAS_PASSWORD","value":"true"}]');
    const suite = await readFile(example('policies/tests/team.test.yml'), 'utf8');
    await writeFile(
      path('nightly.test.yml'),
      suite.replace(/ {2}- name: a pull request in ci\n.*\n.*\n.*\n/, ''),
    );
    await writeFile(
      path('long.yml'),
      (await readFile(SNOWFLAKE, 'utf8')).replaceAll('environment: ci', `environment: ${'c'.repeat(250)}`),
    );
    const glass = 'break_glass: { reason: "The scheduler is down.", expires: "2099-01-01T00:00:00Z" }';
    await writeFile(
      path('glass.yml'),
      (await readFile(TEAM, 'utf8')).replace('grants: [warehouse]', `grants: [warehouse]\n    ${glass}`),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const calls: Readonly<Record<string, () => readonly (readonly string[])[]>> = {
    lint: () => [[TEAM], [path('bad.yml')], [SNOWFLAKE]],
    test: () => [[TEAM], [TEAM, '--cases', path('nightly.test.yml')]],
    explain: () => [
      [TEAM, '--claims', path('push.json')],
      [TEAM, '--claims', path('own.json')],
      [TEAM, '--claims', path('target.json')],
      [path('audit.yml'), '--claims', path('push.json')],
      [path('glass.yml'), '--claims', path('schedule.json')],
      [SNOWFLAKE, '--claims', path('stage.json')],
    ],
    matrix: () => [[TEAM], [SNOWFLAKE, '--require', 'stage']],
    'matrix --diff': () => [[TEAM, '--diff', 'ci', 'prod']],
    diff: () => [[TEAM, example('policies/smallest.yml')]],
    suggest: () => [
      [TEAM, '--claims', path('push.json')],
      [TEAM, '--claims', path('own.json'), '--any-actor'],
      [TEAM, '--claims', path('schedule.json')],
      [TEAM, '--claims', path('target.json')],
      [SNOWFLAKE, '--claims', path('stage.json'), '--grant', 'production'],
    ],
    init: () => [[path('first.yml'), '--claims', path('push.json')]],
    render: () => [
      ['snowflake', SNOWFLAKE],
      ['snowflake', path('long.yml')],
    ],
    drift: () => [
      ['snowflake', SNOWFLAKE, ...['acme-prod_dbt_ci.csv', 'acme-prod_dbt_production.json'].map(deployed)],
      ['snowflake', SNOWFLAKE, deployed('acme-prod_old_robot.json'), path('push.json')],
      ['snowflake', SNOWFLAKE, deployed('acme-prod_dbt_ci.csv'), path('acme-prod_dbt_ci.user.json')],
    ],
  };
  const deployed = (name: string) => example(`drift/snowflake/${name}`);

  it.each(Object.keys(calls))('of %s is as the page says', async (command) => {
    const [verb = ''] = command.split(' ');
    const answers: unknown[] = [];
    for (const args of calls[command]?.() ?? []) {
      const { exitCode, text } = await runCli(['policy', verb, ...args, '--json']);
      expect([args, exitCode]).not.toEqual([args, 2]);
      answers.push(JSON.parse(text));
    }
    expect(documented(command)).toEqual(shapeOf(answers));
  });

  it('of a command that was called wrongly is nothing: the error is on standard error', async () => {
    const { exitCode, text } = await runCli(['policy', 'matrix', path('nowhere.yml'), '--json']);
    expect(exitCode).toBe(2);
    expect(text).toMatch(/^ERR_INPUT_INVALID: /);
  });
});
