import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaveOutputs } from '../../src/adapters/dbt-outputs.ts';
import { findSecrets } from '../../src/evidence/secret-scan.ts';
import { Secret } from '../../src/secret.ts';

describe('FF-C10 what dbt made for people', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbt-left-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (name: string, text = 'x') => {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const left = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
      .sort();
  const secret = new Secret('a-token-of-this-run');
  const holding = async (files: ReadonlyMap<string, Uint8Array>) =>
    (await findSecrets(files, [secret])).map(({ file }) => file);

  it('stays; profiles, the installed dbt, its parsed project and links do not', async () => {
    for (const name of ['target/index.html', 'target/compiled/p/models/m o d.sql', 'logs/dbt.log'])
      await write(name);
    for (const name of ['profiles/profiles.yml', 'home/.env', 'venv/bin/dbt', 'override.txt'])
      await write(name);
    await write('target/partial_parse.msgpack');
    await symlink('/etc/passwd', join(folder, 'target', 'link.html'));
    expect(await leaveOutputs(folder, holding)).toEqual({ files: 3, withheld: ['target/link.html'] });
    expect(await left()).toEqual(['logs/dbt.log', 'target/compiled/p/models/m o d.sql', 'target/index.html']);
    expect((await lstat('/etc/passwd')).isFile()).toBe(true);
  });

  it('does not stay where it holds a credential in any form, also twice', async () => {
    await write('target/run/a.sql', `-- ${secret.reveal()}`);
    await write('logs/dbt.log', `${Buffer.from(secret.reveal()).toString('base64')} ${secret.reveal()}`);
    await write('target/run/b.sql');
    expect(await leaveOutputs(folder, holding)).toEqual({
      files: 1,
      withheld: ['logs/dbt.log', 'target/run/a.sql'],
    });
    expect(await left()).toEqual(['target/run/b.sql']);
  });

  it('is empty where dbt made nothing', async () => {
    expect(await leaveOutputs(folder, holding)).toEqual({ files: 0, withheld: [] });
  });
});
