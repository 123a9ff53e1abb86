import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { HoldsSecret } from '../ports.ts';
import { removeFolder } from './private-folder.ts';

/** Folders of dbt's private folder that are for people, under the very paths that dbt has printed. */
const KEPT: ReadonlySet<string> = new Set(['target', 'logs']);
/** dbt's parsed project: it holds values of variables and is of use to nobody but dbt. */
const PARSED = 'partial_parse.msgpack';
/** Most bytes of a file that is kept, and of files that are looked through at once. */
const LARGEST = 256 * 1024 * 1024;

export interface LeftOutputs {
  readonly files: number;
  /** Names within the folder: they hold a secret, are no plain files, or are over 256 MiB. */
  readonly withheld: readonly string[];
}

/**
 * Removes from the private folder of a dbt that has ended all but what it made for people, and of that each file
 * in which `holdsSecret` finds one. Throws when something cannot be read or removed: then nothing may stay.
 */
export async function leaveOutputs(folder: string, holdsSecret: HoldsSecret): Promise<LeftOutputs> {
  await removeAllBut(folder, KEPT);
  const names = await filesIn(folder);
  const withheld: string[] = [];
  const plainFiles: (readonly [name: string, size: number])[] = [];
  for (const [name, size] of names) {
    if (size === null || size > LARGEST) withheld.push(name);
    else plainFiles.push([name, size]);
  }
  for (const batch of inBatches(plainFiles)) {
    const files = new Map<string, Uint8Array>();
    for (const name of batch) files.set(name, await readFile(join(folder, name)));
    withheld.push(...new Set(await holdsSecret(files)));
  }
  for (const name of withheld) await rm(join(folder, name), { force: true });
  return { files: names.length - withheld.length, withheld: withheld.sort() };
}

async function removeAllBut(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) await rm(path, { force: true });
    else if (!kept.has(entry.name)) await removeFolder(path);
  }
}

/** Files and their sizes; null for what is no plain file, such as a link. */
async function filesIn(folder: string): Promise<(readonly [name: string, size: number | null])[]> {
  const found: (readonly [string, number | null])[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    if (entry.name === PARSED) await rm(path);
    else found.push([relative(folder, path), entry.isFile() ? (await stat(path)).size : null]);
  }
  return found;
}

function inBatches(files: readonly (readonly [name: string, size: number])[]): string[][] {
  const batches: string[][] = [];
  let room = 0;
  for (const [name, size] of files) {
    if (size > room) {
      batches.push([]);
      room = LARGEST;
    }
    batches.at(-1)?.push(name);
    room -= size;
  }
  return batches;
}
