import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** How the names of all our folders under the runner's temporary folder start; the post step removes them. */
export const FOLDER_PREFIX = 'dbt-passport-';

/** A folder that only this user can enter. */
export interface PrivateFolder {
  /** Absolute and resolved. */
  readonly path: string;
  /** Removes it with everything in it. Safe to call twice. */
  remove(): Promise<void>;
}

/** A new folder (mode 0700, by mkdtemp) under `tempDir`, which is the runner's own temporary folder. */
export async function privateFolder(tempDir: string): Promise<PrivateFolder> {
  const path = await mkdtemp(join(await realpath(tempDir), FOLDER_PREFIX));
  return { path, remove: () => removeFolder(path) };
}

/** Removes a folder with all that is in it, also folders that dbt's code closed to their own user. Follows no link. */
export async function removeFolder(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 3 });
  await remove().catch(async () => {
    await unlock(path);
    await remove();
  });
}

async function unlock(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await unlock(join(folder, entry.name));
  }
}
