import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asCheckout, git } from '../support/git.ts';
import type { ActionResult } from '../support/runner.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

const titles = ({ log }: ActionResult) => log.annotations.map(({ title }) => title);
const EDIT = '\n-- edited by a step before\n';

describe('FF-A16 code that is not the commit of the token, refused before dbt', () => {
  const scene = stage({ project: 'small' });
  const model = () => join(scene.workspace, 'models', 'added.sql');

  it('an added model is named, nothing is asked of anyone, and the record is signed and agrees', async () => {
    const sha = asCheckout(scene.workspace);
    await writeFile(model(), EDIT);
    await mkdir(join(scene.workspace, 'dbt_packages', 'utils'), { recursive: true });
    await writeFile(join(scene.workspace, 'dbt_packages', 'utils', 'x.sql'), EDIT);
    const run = await scene.run({ claims: { sha } });
    expect(run.exitCode).toBe(1);
    expect(Object.fromEntries(run.outputs)).toMatchObject({ status: 'denied', decision: 'allow' });
    const error = run.log.annotations.find(({ level }) => level === 'error');
    expect(error?.title).toBe('ERR_CHECKOUT_DIFFERS FILES');
    expect(error?.message).toContain('models/added.sql');
    expect(error?.message).toContain('`deps` as the first line of `command`');
    expect(scene.peers.issuer.issued, 'one token, for the gate').toHaveLength(1);
    expect(run.summary).toContain('Denied: the code is not what the rule takes');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'denied');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.text).toContain('2 files not in the commit (dbt_packages/utils/x.sql, models/added.sql)');
    expect(predicateOf(artifact)).toMatchObject({
      checkout: {
        clause: 'token_commit',
        matchesToken: false,
        compared: { of: 'token', commit: sha, differences: { untracked: { count: 2 } } },
      },
    });
    expect(predicateOf(artifact)).not.toHaveProperty('dbt');
  });

  it('another commit, and no repository at all', async () => {
    const sha = asCheckout(scene.workspace);
    git(scene.workspace, 'commit', '-q', '--allow-empty', '-m', 'another');
    expect(titles(await scene.run({ claims: { sha } }))).toContain('ERR_CHECKOUT_DIFFERS OTHER_COMMIT');
    await rm(join(scene.workspace, '.git'), { recursive: true });
    expect(titles(await scene.run({ claims: { sha } }))).toContain('ERR_CHECKOUT_UNKNOWN NO_REPOSITORY');
  });
});

describe.skipIf(!REAL_DBT)(`FF-A16 a rule that takes any checkout${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({
    project: 'small',
    policy: (policy) => policy.replace(/^( +)dbt:/gm, '$1checkout: any\n$1dbt:'),
  });

  it('dbt runs an edited project, and the first lines of everything say so', async () => {
    const sha = asCheckout(scene.workspace);
    await writeFile(join(scene.workspace, 'models', 'added.sql'), 'select 1 as id');
    const run = await scene.run({ claims: { sha }, inputs: { command: 'build --select added' } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(titles(run)).toContain('The code is not that of the commit');
    expect(run.summary.slice(0, 600)).toContain('**The code is not that of the commit.**');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.text.split('\n').slice(0, 4).join()).toContain('NOT THE CODE OF THE COMMIT');
    const report = artifact.files.get('report.html') ?? '';
    expect(report.slice(0, report.indexOf('id="who"'))).toContain('The code is not that of the commit');
    expect(artifact.files.get('lineage.ndjson')).not.toContain('sourceCodeLocation');
    expect(predicateOf(artifact)).toMatchObject({
      checkout: { clause: 'any', matchesToken: false, changedInRun: { count: 0 } },
    });
  });
});
