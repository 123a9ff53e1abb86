import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../../src/adapters/project-folder.ts';

describe('the project folder', () => {
  let workspace = '';
  beforeAll(async () => {
    workspace = await realpath(await mkdtemp(join(tmpdir(), 'workspace-')));
    await mkdir(join(workspace, 'dbt', '..shop'), { recursive: true });
    await symlink('/', join(workspace, 'away'));
    await symlink('dbt', join(workspace, 'link'));
  });
  afterAll(() => rm(workspace, { recursive: true }));

  it.each([
    ['.', '.'],
    ['dbt', 'dbt'],
    ['dbt/..shop/', 'dbt/..shop'],
    ['link', 'dbt'],
  ])('%s is in the repository as %s', async (input, inRepository) => {
    expect(await projectFolder(workspace, input)).toEqual({
      path: join(workspace, inRepository),
      inRepository,
    });
  });

  it('an absolute path inside the workspace is as good', async () => {
    expect(await projectFolder(workspace, join(workspace, 'dbt'))).toMatchObject({ inRepository: 'dbt' });
  });

  it.each(['..', '/', 'away', 'away/etc', 'nowhere'])('D01 %s is refused', async (input) => {
    await expect(projectFolder(workspace, input)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });
});
