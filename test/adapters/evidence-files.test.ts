import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEvidence } from '../../src/adapters/evidence-files.ts';
import { text } from '../support/evidence.ts';
import { zip } from '../support/zip.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('evidence on disk', () => {
  it('reads a folder with the same names as in the archive', async () => {
    await mkdir(join(folder, 'dbt/1-build'), { recursive: true });
    await writeFile(join(folder, 'dbt/1-build/manifest.json'), '{}');
    await writeFile(join(folder, 'report.html'), 'report');
    const files = await readEvidence(folder);
    expect([...files.keys()].sort()).toEqual(['dbt/1-build/manifest.json', 'report.html']);
    expect(text(files.get('report.html'))).toBe('report');
  });

  it('reads a zip', async () => {
    await writeFile(join(folder, 'a.zip'), zip([{ name: 'report.html', content: 'report' }]));
    expect(text((await readEvidence(join(folder, 'a.zip'))).get('report.html'))).toBe('report');
  });

  it.each([
    ['to a file outside', '/etc/hostname'],
    ['to a folder outside', '/etc'],
    ['to nothing', 'nowhere'],
  ])('X02 refuses a symbolic link %s', async (_, target) => {
    await symlink(target, join(folder, 'policy.yml'));
    await expect(readEvidence(folder)).rejects.toMatchObject({ code: 'ERR_EVIDENCE_INVALID' });
  });

  it('says when there is nothing to read', async () => {
    await expect(readEvidence(join(folder, 'none'))).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });

  it('refuses a file that is not a zip', async () => {
    await writeFile(join(folder, 'report.html'), 'report');
    await expect(readEvidence(join(folder, 'report.html'))).rejects.toThrow(/not a zip archive/);
  });
});
