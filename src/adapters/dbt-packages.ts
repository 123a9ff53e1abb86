import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import {
  contentLines,
  type InstalledPackages,
  installFolder,
  readLock,
  withContents,
} from '../dbt/packages.ts';
import { sha256 } from '../sha256.ts';

/** Files of one package that are hashed. No package comes near; a `local:` one may be a folder full of other things. */
const MOST_FILES = 20_000;

/** What `dbt deps` left in a project: its lock file, and the folders of the packages with a hash of what is in each. */
export async function installedPackages(projectDir: string): Promise<InstalledPackages> {
  const lock = await readFile(join(projectDir, 'package-lock.yml')).catch(() => null);
  const project = await readFile(join(projectDir, 'dbt_project.yml')).catch(() => null);
  const folder = installFolder(new TextDecoder().decode(project ?? undefined));
  const { packages, ...hash } = readLock(new TextDecoder().decode(lock ?? undefined));
  return {
    ...(lock !== null && { lockSha256: await sha256(lock) }),
    ...hash,
    ...(folder !== null && { folder }),
    packages: withContents(
      packages,
      folder === null ? new Map() : await contents(resolve(projectDir, folder)),
    ),
  };
}

/** The folders in `root` by name, each with its hash; null for one that is too large or cannot be read. */
async function contents(root: string): Promise<ReadonlyMap<string, string | null>> {
  const found = new Map<string, string | null>();
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    // dbt links a `local:` package when it can.
    if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
    found.set(entry.name, await folderHash(join(root, entry.name)).catch(() => null));
  }
  return found;
}

async function folderHash(folder: string): Promise<string | null> {
  const root = await realpath(folder);
  // Links are not followed: a link to a folder above would never end.
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => ({ path: join(entry.parentPath, entry.name), link: entry.isSymbolicLink() }))
    .filter(({ path }) => relative(root, path).split(sep, 1)[0] !== '.git');
  if (files.length > MOST_FILES) return null;
  const hashes = new Map<string, string>();
  for (const { path, link } of files)
    hashes.set(relative(root, path), link ? await sha256(await readlink(path)) : await fileHash(path));
  return await sha256(contentLines(hashes));
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
