import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A table or a view as it is in the database. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly columns: readonly string[];
  /** -1 for a view that cannot be read. */
  readonly rows: number;
  /** A checksum of the rows of a table, the definition of a view. */
  readonly contents: string;
}

/** The database and the files of the workspace at one moment, by name: `schema.table`, or the path of a file. */
export interface World {
  readonly relations: ReadonlyMap<string, Relation>;
  readonly files: ReadonlyMap<string, string>;
}

export function relationsByName(relations: readonly Relation[]): ReadonlyMap<string, Relation> {
  return new Map(relations.map((relation) => [`${relation.schema}.${relation.name}`, relation]));
}

/** SHA-256 of each file below a folder, without git's own and without those that `leave` names. */
export async function filesBelow(folder: string, leave: RegExp): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('.git/') && !leave.test(path))
    .sort();
  const hashes = paths.map(async (path) => {
    const bytes = await readFile(join(folder, path));
    return [path, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return new Map(await Promise.all(hashes));
}

/** What is new (`+`), gone (`-`) or other than before (`~`), sorted by name: `+ main.orders`. */
export function changes(before: World, after: World): readonly string[] {
  const differing = <T>(from: ReadonlyMap<string, T>, to: ReadonlyMap<string, T>) =>
    [...new Set([...from.keys(), ...to.keys()])].flatMap((name) => {
      const [old, now] = [from.get(name), to.get(name)];
      if (old === undefined) return [`+ ${name}`];
      if (now === undefined) return [`- ${name}`];
      return JSON.stringify(old) === JSON.stringify(now) ? [] : [`~ ${name}`];
    });
  // What a view shows changes with the tables below it.
  const own = (relations: World['relations']) =>
    new Map([...relations].map(([name, it]) => [name, it.kind === 'view' ? { ...it, rows: 0 } : it]));
  const found = [
    ...differing(own(before.relations), own(after.relations)),
    ...differing(before.files, after.files),
  ];
  return found.sort((one, other) => (one.slice(2) < other.slice(2) ? -1 : 1));
}
