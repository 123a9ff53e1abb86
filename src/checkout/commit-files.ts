import { entriesOf, formatOf, type ObjectFormat, type ObjectType, objectId, treeOf } from './git-objects.ts';

/** Objects by their names, as some store gives them: not to be believed. What it does not have is left out. */
export type ReadObjects = (
  ids: readonly string[],
) => Promise<ReadonlyMap<string, { readonly type: string; readonly content: Uint8Array }>>;

/** The objects of the repository in a folder below the first one (`''` for that one itself); null when none is there. */
export type OpenRepository = (folder: string) => Promise<ReadObjects | null>;

/** A file of a commit. A submodule is one that is not checked out. */
export interface CommitFile {
  readonly kind: 'file' | 'link' | 'submodule';
  readonly id: string;
}

/** The store does not have what the commit needs, or gives something else under its name. */
export class ObjectFault extends Error {
  readonly reason: 'MISSING' | 'BROKEN';
  constructor(reason: ObjectFault['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Every file of a commit below the folders that are asked for (`''` for all), by its path. Each object is hashed again
 * on the way, from the commit down, so that its name answers for all of it, whoever keeps the store.
 * @throws ObjectFault
 */
export async function filesOfCommit(
  commit: string,
  folders: readonly string[],
  open: OpenRepository,
): Promise<ReadonlyMap<string, CommitFile>> {
  const files = new Map<string, CommitFile>();
  await addCommit(files, '', commit, folders, open);
  return files;
}

interface Folder {
  readonly path: string;
  readonly id: string;
}

async function addCommit(
  files: Map<string, CommitFile>,
  at: string,
  commit: string,
  wanted: readonly string[],
  open: OpenRepository,
): Promise<void> {
  const read = await open(at);
  if (read === null) return;
  const format = formatOf(commit);
  if (format === undefined) throw new ObjectFault('BROKEN', 'no name of a commit');
  const [content = Buffer.of()] = await verified([commit], 'commit', format, read);
  const submodules: Folder[] = [];
  let level: readonly Folder[] = [{ path: at, id: whole(() => treeOf(content, format)) }];
  while (level.length > 0) {
    const found = await below(level, format, read);
    const kept = found.filter(({ path }) =>
      wanted.some((folder) => isWithin(path, folder) || isWithin(folder, path)),
    );
    for (const { path, kind, id } of kept) if (kind !== 'tree') files.set(path, { kind, id });
    submodules.push(...kept.filter(({ kind }) => kind === 'submodule'));
    level = kept.filter(({ kind }) => kind === 'tree');
  }
  for (const { path, id } of submodules) {
    if ((await open(path)) === null) continue;
    files.delete(path);
    await addCommit(files, path, id, wanted, open);
  }
}

/** What some folders hold, by the path of each. */
async function below(folders: readonly Folder[], format: ObjectFormat, read: ReadObjects) {
  const ids = folders.map(({ id }) => id);
  const trees = await verified(ids, 'tree', format, read);
  return trees.flatMap((tree, index) => {
    const above = folders[index]?.path ?? '';
    return whole(() => entriesOf(tree, format)).map((entry) => ({
      ...entry,
      path: above === '' ? entry.name : `${above}/${entry.name}`,
    }));
  });
}

/** Whether a path is a folder, or lies below it; everything lies below `''`. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

async function verified(
  ids: readonly string[],
  type: ObjectType,
  format: ObjectFormat,
  read: ReadObjects,
): Promise<readonly Uint8Array[]> {
  const found = await read([...new Set(ids)]);
  return ids.map((id) => {
    const object = found.get(id);
    if (object === undefined) throw new ObjectFault('MISSING', `the ${type} ${id} is not in the repository`);
    if (object.type === type && objectId(type, object.content, format) === id) return object.content;
    throw new ObjectFault('BROKEN', `what the repository holds as the ${type} ${id} is something else`);
  });
}

function whole<T>(parse: () => T): T {
  try {
    return parse();
  } catch (fault) {
    throw new ObjectFault('BROKEN', `the repository holds ${fault instanceof Error ? fault.message : fault}`);
  }
}
