import { createHash } from 'node:crypto';

/** How a repository names its objects. */
export type ObjectFormat = 'sha1' | 'sha256';
export type ObjectType = 'commit' | 'tree' | 'blob';

export interface TreeEntry {
  /** One byte of the name is one character, so that names that are not UTF-8 stay what they are. */
  readonly name: string;
  readonly kind: 'tree' | 'file' | 'link' | 'submodule';
  /** Lower-case hex. */
  readonly id: string;
}

/** The format of a full object name; undefined when it is none. */
export function formatOf(id: string): ObjectFormat | undefined {
  if (/^[0-9a-f]{40}$/.test(id)) return 'sha1';
  return /^[0-9a-f]{64}$/.test(id) ? 'sha256' : undefined;
}

/**
 * The name of an object by its content, as git defines it: the hash of `<type> <length>\0<content>`.
 * Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export function objectId(type: ObjectType, content: Uint8Array, format: ObjectFormat): string {
  return createHash(format).update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/**
 * The tree that a commit is of.
 * @throws Error when the bytes are no commit
 */
export function treeOf(commit: Uint8Array, format: ObjectFormat): string {
  const digits = format === 'sha1' ? 40 : 64;
  const line = Buffer.from(commit.subarray(0, digits + 6)).toString('latin1');
  const tree = /^tree ([0-9a-f]+)\n$/.exec(line)?.[1];
  if (tree?.length !== digits) throw new Error('a commit without a tree');
  return tree;
}

/**
 * What a tree holds: `<mode> <name>\0<id in bytes>`, again and again.
 * @throws Error when the bytes are no tree, or hold a name that no folder can have
 */
export function entriesOf(tree: Uint8Array, format: ObjectFormat): readonly TreeEntry[] {
  const bytes = Buffer.from(tree.buffer, tree.byteOffset, tree.byteLength);
  const length = format === 'sha1' ? 20 : 32;
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + 1 + length > bytes.length) throw new Error('a tree that ends early');
    const kind = KINDS[bytes.toString('latin1', at, space)];
    const name = bytes.toString('latin1', space + 1, end);
    if (kind === undefined || !isName(name)) throw new Error('a tree with an entry that git does not write');
    at = end + 1 + length;
    entries.push({ name, kind, id: bytes.toString('hex', end + 1, at) });
  }
  return entries;
}

/** Whether a file is executable makes no difference to dbt. `100664` stands in very old commits. */
const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  '40000': 'tree',
  '100644': 'file',
  '100755': 'file',
  '100664': 'file',
  '120000': 'link',
  '160000': 'submodule',
};

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && name.toLowerCase() !== '.git';
}
