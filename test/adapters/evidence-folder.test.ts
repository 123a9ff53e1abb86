import { mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evidenceFolder } from '../../src/adapters/evidence-folder.ts';

let parent = '';
beforeEach(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'runner-temp-')));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const bytes = new TextEncoder().encode('{}\n');

describe('evidenceFolder', () => {
  it('makes a new private folder each time, with private files in it', async () => {
    const first = await evidenceFolder(parent);
    const second = await evidenceFolder(parent);
    expect(first.path).not.toBe(second.path);
    expect(dirname(first.path)).toBe(parent);
    await first.write('decision.json', bytes);
    await first.write('dbt/1-build/run_results.json', bytes);
    expect(await readFile(join(first.path, 'dbt/1-build/run_results.json'), 'utf8')).toBe('{}\n');
    expect([await mode(first.path), await mode(join(first.path, 'dbt'))]).toEqual(['700', '700']);
    expect(await mode(join(first.path, 'decision.json'))).toBe('600');
  });

  it('never writes over a file or through a link', async () => {
    const folder = await evidenceFolder(parent);
    const outside = join(parent, 'outside');
    await writeFile(outside, 'untouched');
    await symlink(outside, join(folder.path, 'report.html'));
    await symlink(join(parent, 'absent'), join(folder.path, 'policy.yml'));
    await folder.write('decision.json', bytes);
    for (const name of ['report.html', 'policy.yml', 'decision.json']) {
      await expect(folder.write(name, bytes)).rejects.toThrow('EEXIST');
    }
    expect(await readFile(outside, 'utf8')).toBe('untouched');
    expect(await readdir(parent)).not.toContain('absent');
  });

  it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', '.git/config', 'a\\b', 'a\nb', 'a/', 'ä'])(
    'refuses the name %j',
    async (name) => {
      const folder = await evidenceFolder(parent);
      await expect(folder.write(name, bytes)).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
    },
  );
});
