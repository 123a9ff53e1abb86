import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectFolder } from './project-folder.ts';

/** A file of the dbt project by the path that dbt gives it; its path in the repository, and its text, empty when it cannot be read. */
export async function projectFile(
  { path, inRepository }: ProjectFolder,
  file: string,
): Promise<{ readonly inRepository: string; readonly text: string } | undefined> {
  if (file === '' || file.startsWith('/') || file.split('/').includes('..')) return undefined;
  const text = await readFile(join(path, file), 'utf8').catch(() => '');
  return { inRepository: join(inRepository, file), text };
}
