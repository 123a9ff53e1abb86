import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

/** Fails at its first run and not at its second: each run adds a row before it, by a hook. It reads a file of the project. */
const FLAKY = `{{ config(materialized='table') }}
select id, case when (select count(*) from main.attempts) < 2 then error('not yet') else 1 end as ok
from read_csv('data/rows.csv')`;

const HOOKS = `
on-run-start:
  - "create table if not exists main.attempts (n int)"
  - "insert into main.attempts values (1)"
on-run-end: "insert into main.attempts values (0)"
`;

const COMMANDS = `deps
build --select raw_orders flaky
retry
run-operation note_it --args '{what: done}'`;

describe.skipIf(!REAL_DBT)(`what runs beside the planned nodes${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({
    project: 'small',
    policy: (policy) =>
      policy.replace(/commands: \[build.*docs.*\]/, 'commands: [deps, build, run-operation]'),
  });

  it('FF-A4 FF-A5 FF-A6 FF-C11 packages, hooks, a retry and a macro are recorded as what they are', async () => {
    const write = async (file: string, text: string) => {
      await mkdir(dirname(join(scene.workspace, file)), { recursive: true });
      await writeFile(join(scene.workspace, file), text);
    };
    const project = await readFile(join(scene.workspace, 'dbt_project.yml'), 'utf8');
    await write('dbt_project.yml', `${project}${HOOKS}`);
    await write('data/rows.csv', 'id\n1\n2\n');
    await write('models/flaky.sql', FLAKY);
    await write('packages.yml', 'packages:\n  - local: shared\n');
    await write('shared/dbt_project.yml', 'name: shared\nversion: "1.0"\n');
    await write(
      'shared/macros/note_it.sql',
      '{% macro note_it(what) %}{% do run_query("create table main.noted as select 1 as id") %}{% endmacro %}',
    );
    const run = await scene.run({ inputs: { command: COMMANDS } });

    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.get('dbt-exit-code')).toBe('0');
    expect(run.log.annotations).toEqual([]);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(0);
    const { dbt, plan } = predicateOf(artifact);

    expect(dbt?.installed).toEqual({
      lockSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      lockSha1: expect.stringMatching(/^[0-9a-f]{40}$/),
      folder: 'dbt_packages',
      packages: [
        { name: 'shared', kind: 'local', from: 'shared', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    });
    const hooks = ['end-0', 'start-0', 'start-1'].map(
      (name) => `operation.jaffle_shop.jaffle_shop-on-run-${name}`,
    );
    const planned = plan?.commands.map(({ nodes, hooks: around, operation }) => [
      nodes.filter((id) => !id.startsWith('test.')),
      around?.toSorted() ?? [],
      operation,
    ]);
    expect(planned).toEqual([
      [[], [], undefined],
      [expect.arrayContaining(['seed.jaffle_shop.raw_orders', 'model.jaffle_shop.flaky']), hooks, undefined],
      [['model.jaffle_shop.flaky'], hooks, undefined],
      [[], [], 'note_it'],
    ]);
    const invocations = dbt?.invocations ?? [];
    expect(invocations.map(({ exitCode, repeats }) => [exitCode, repeats])).toEqual([
      [0, undefined],
      [1, undefined],
      [0, true],
      [0, undefined],
    ]);
    expect(invocations[1]?.nodes.failed).toEqual(['model.jaffle_shop.flaky']);
    expect(invocations[2]?.nodes.succeeded).toEqual(['model.jaffle_shop.flaky', ...hooks]);
    expect(invocations[3]?.nodes.succeeded).toEqual(['macro.shared.note_it']);
    expect(invocations.flatMap(({ nodes }) => [...nodes.unplanned, ...nodes.missing])).toEqual([]);

    const report = artifact.files.get('report.html') ?? '';
    for (const page of [report, run.summary]) {
      expect(page).toContain('1 package installed');
      expect(page).toContain('1 node and 3 hooks');
      expect(page).toContain(
        '3 hooks of the project ran, outside of any selection. What they read and wrote is not known.',
      );
      expect(page).toMatch(
        /ran the macro .*note(\\)?_it.* outside of any selection\. What it read and wrote is not known\./,
      );
      expect(page).not.toMatch(/nothing outside the plan|Plan and run differ|not planned/);
    }
    expect(artifact.names).toContain('dbt/3-retry/run_results.json');
  });
});
