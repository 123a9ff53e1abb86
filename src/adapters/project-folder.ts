import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';

/** The dbt project on disk and in the repository. */
export interface ProjectFolder {
  /** Absolute, links resolved. */
  readonly path: string;
  /** Relative to the workspace; `.` for the workspace itself. */
  readonly inRepository: string;
}

/**
 * The folder that the input names. A path or a link out of the workspace would let dbt read and write
 * what is not the repository's.
 * @throws PassportError ERR_INPUT_INVALID
 */
export async function projectFolder(workspace: string, input: string): Promise<ProjectFolder> {
  const root = await realpath(workspace);
  const path = await realpath(resolve(root, input)).catch(() => '');
  const inRepository = relative(root, path);
  const outside = isAbsolute(inRepository) || inRepository.split('/')[0] === '..';
  if (path !== '' && !outside) return { path, inRepository: inRepository || '.' };
  throw new PassportError(
    'ERR_INPUT_INVALID',
    `input project-dir: expected a folder of the workspace, got ${plain(input)}`,
    { hint: 'Check the repository out before this step; `project-dir` is relative to the workspace.' },
  );
}
