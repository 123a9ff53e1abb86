import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installedPackages } from '../../src/adapters/dbt-packages.ts';
import { sha256 } from '../../src/sha256.ts';
import { command, open, project, REAL_DBT, WITHOUT_DBT } from '../support/dbt.ts';

/** How docs/verify.md tells an auditor to make the hash of a package. */
const BY_HAND =
  "find . -path ./.git -prune -o -type f -print | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum";

function byHand(folder: string): string {
  return execFileSync('sh', ['-c', BY_HAND], { cwd: folder, encoding: 'utf8' }).split(' ')[0] ?? '';
}

describe('what lies in the folder of packages', () => {
  let root: string;
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'packages-'));
    await write('dbt_project.yml', 'name: shop\n');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('FF-A6 has the hash that find and sha256sum give, whatever git keeps beside it', async () => {
    await write('dbt_packages/utils/macros/a.sql', 'select 1');
    await write('dbt_packages/utils/macros.yml', 'x');
    await write('dbt_packages/utils/dbt_project.yml', 'name: utils');
    await write('dbt_packages/utils/.gitignore', 'target');
    await write('dbt_packages/utils/.git/index', `${Date.now()}`);
    const { packages, lockSha256 } = await installedPackages(root);
    expect(packages).toEqual([{ name: 'utils', sha256: byHand(join(root, 'dbt_packages/utils')) }]);
    expect(lockSha256).toBeUndefined();
  });

  it('FF-A6 is another when one byte is another, or one name', async () => {
    const hash = async () => (await installedPackages(root)).packages[0]?.sha256;
    const seen = new Set<string | undefined>();
    await write('dbt_packages/utils/a.sql', 'select 1');
    seen.add(await hash());
    await write('dbt_packages/utils/a.sql', 'select 2');
    seen.add(await hash());
    await write('dbt_packages/utils/a.sql', 'select 1');
    await write('dbt_packages/utils/b.sql', '');
    seen.add(await hash());
    expect(seen.size).toBe(3);
    expect(seen).not.toContain(undefined);
  });

  it('follows no link inside a package: one to a folder above would never end', async () => {
    await write('dbt_packages/utils/a.sql', 'select 1');
    await symlink('../..', join(root, 'dbt_packages/utils/loop'));
    const { packages } = await installedPackages(root);
    expect(packages[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is not known when only dbt can tell where it is', async () => {
    await write('dbt_project.yml', `name: shop\npackages-install-path: "{{ env_var('WHERE') }}"\n`);
    await write('dbt_packages/utils/a.sql', 'select 1');
    await write('package-lock.yml', 'packages:\n- package: a/utils\n  version: 1.0.0\nsha1_hash: abc\n');
    expect(await installedPackages(root)).toEqual({
      lockSha256: await sha256('packages:\n- package: a/utils\n  version: 1.0.0\nsha1_hash: abc\n'),
      lockSha1: 'abc',
      packages: [{ name: 'utils', kind: 'hub', from: 'a/utils', version: '1.0.0' }],
    });
  });
});

describe.skipIf(REAL_DBT === undefined)(`dbt deps${WITHOUT_DBT}`, () => {
  it('FF-A6 says which packages it installed: version, commit, and what is in them', async () => {
    const shop = await project();
    const git = (...args: readonly string[]) =>
      execFileSync(
        'git',
        ['-C', join(shop.path, '../macros'), '-c', 'user.name=t', '-c', 'user.email=t@x', ...args],
        {
          encoding: 'utf8',
        },
      ).trim();
    await shop.write('../macros/dbt_project.yml', 'name: macros\nversion: "1.0"\n');
    await shop.write('../macros/macros/a.sql', '{% macro a() %}1{% endmacro %}');
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('commit', '--quiet', '-m', 'one');
    await shop.write('shared/dbt_project.yml', 'name: shared\nversion: "1.0"\n');
    await shop.write(
      'packages.yml',
      `packages:\n- git: "file://${join(shop.path, '../macros')}"\n  revision: main\n- local: shared\n`,
    );
    await shop.write('dbt_packages/left-behind/dbt_project.yml', 'name: left_behind\n');
    const dbt = await open(shop, { parent: { GIT_ALLOW_PROTOCOL: 'file' } });
    const { exitCode, installed } = await dbt.run('deps');
    const again = await dbt.session.invoke(command('deps --lock'), new Map());
    await dbt.session.close();

    expect(exitCode, dbt.output()).toBe(0);
    expect(installed).toEqual({
      lockSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      lockSha1: expect.stringMatching(/^[0-9a-f]{40}$/),
      folder: 'dbt_packages',
      packages: [
        {
          name: 'macros',
          kind: 'git',
          from: `file://${join(shop.path, '../macros')}`,
          version: git('rev-parse', 'HEAD'),
          sha256: byHand(join(shop.path, '../macros')),
        },
        { name: 'shared', kind: 'local', from: 'shared', sha256: byHand(join(shop.path, 'shared')) },
      ],
    });
    expect(again, 'the lock file alone installs nothing').not.toHaveProperty('installed');
    await shop.remove();
  });
});
