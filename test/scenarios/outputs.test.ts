import { appendFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';

describe.skipIf(!REAL_DBT)(`outputs of dbt for later steps${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({ project: 'small' });

  it('FF-C10 documentation and compiled SQL stay where target-path says, and the log where dbt says', async () => {
    await appendFile(
      join(scene.workspace, 'models/stg_orders.sql'),
      "{% do log(target.keys() and 'the log of dbt', info=true) %}",
    );
    const run = await scene.run({ inputs: { command: 'build\ndocs generate --static' } });
    expect(run.exitCode, run.stdout).toBe(0);
    const target = run.outputs.get('target-path') ?? '';
    const folder = dirname(target).slice(join(run.runnerTemp, '..').length + 1);
    expect(dirname(dirname(target))).toBe(run.runnerTemp);
    expect(run.leftovers).toEqual(
      expect.arrayContaining([
        ...['index.html', 'static_index.html', 'catalog.json', 'manifest.json'].map(
          (name) => `${folder}/target/${name}`,
        ),
        `${folder}/target/compiled/jaffle_shop/models/stg_orders.sql`,
        `${folder}/logs/dbt.log`,
      ]),
    );
    expect(run.leftovers.filter((name) => /profiles|partial_parse|\.env/.test(name))).toEqual([]);
    expect(run.stdout).toMatch(/outputs {6}\d+ files of dbt, until the job ends: .*target$/m);
  });
});
