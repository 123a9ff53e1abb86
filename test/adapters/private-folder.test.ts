import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { privateFolder, removeFolder } from '../../src/adapters/private-folder.ts';

describe('privateFolder', () => {
  let temp: string;
  beforeEach(async () => {
    temp = await realpath(await mkdtemp(join(tmpdir(), 'private-')));
  });
  afterEach(async () => {
    execFileSync('chmod', ['-R', 'u+rwX', temp]);
    await rm(temp, { recursive: true });
  });

  it('X05 removes folders that were closed to their own user, and follows no link out', async () => {
    await mkdir(join(temp, 'other'));
    await writeFile(join(temp, 'other', 'file'), 'kept');
    const folder = await privateFolder(temp);
    await mkdir(join(folder.path, 'a', 'b', 'c'), { recursive: true });
    await symlink(join(temp, 'other'), join(folder.path, 'a', 'b', 'link'));
    execFileSync('chmod', ['000', join(folder.path, 'a', 'b')]);
    await asOrdinaryUser(() => folder.remove());
    expect(existsSync(folder.path)).toBe(false);
    expect(await readFile(join(temp, 'other', 'file'), 'utf8')).toBe('kept');
  });

  it('removes a link itself, not what it leads to', async () => {
    await mkdir(join(temp, 'other'));
    await symlink(join(temp, 'other'), join(temp, 'dbt-passport-x'));
    await removeFolder(join(temp, 'dbt-passport-x'));
    expect(existsSync(join(temp, 'other'))).toBe(true);
    expect(existsSync(join(temp, 'dbt-passport-x'))).toBe(false);
  });

  /** Root may open any folder, so the work is done as somebody else. */
  async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
    if (process.getuid?.() !== 0) return await work();
    execFileSync('chown', ['-R', '65534', temp]);
    process.seteuid?.(65_534);
    try {
      await work();
    } finally {
      process.seteuid?.(0);
    }
  }
});
