import { type CommitFile, isWithin } from './commit-files.ts';
import { objectId } from './git-objects.ts';
import type { Differences } from './observed.ts';

/** What is on disk at a path, its name as git would give it. `other`: neither a file nor a link. */
export interface FileOnDisk {
  readonly kind: 'file' | 'link' | 'other';
  readonly id: string;
}

export interface Sides {
  /** Files of the commit by their paths. */
  readonly tracked: ReadonlyMap<string, CommitFile>;
  /** Paths on disk where dbt reads, and whether a link stands there. */
  readonly found: ReadonlyMap<string, 'file' | 'link' | 'other'>;
  /** The same outside of the repository. */
  readonly outside: readonly string[];
  /** The project's folder, and whether dbt reads a path for its code. */
  readonly project: string;
  readonly reads: (path: string) => boolean;
  readonly look: (path: string) => FileOnDisk | undefined;
}

export interface Suspect {
  readonly path: string;
  readonly id: string;
}

export interface Comparison extends Differences {
  readonly same: readonly string[];
  readonly absent: readonly string[];
  /** Of `modified`: files whose bytes git may have converted, so that they must be looked at again. */
  readonly suspects: readonly Suspect[];
}

/** Every tracked file of the project and every file that dbt would read, on both sides. Bytes count, nothing that an index says. */
export function compare({ tracked, found, outside, project, reads, look }: Sides): Comparison {
  const told: Record<ReturnType<typeof outcomeOf>, string[]> = {
    same: [],
    modified: [],
    missing: [],
    absent: [],
  };
  const suspects: Suspect[] = [];
  for (const [path, file] of tracked) {
    if (!isWithin(path, project) && !found.has(path) && !reads(path)) continue;
    const there = file.kind === 'submodule' ? undefined : look(path);
    const outcome = outcomeOf(file, there, reads(path));
    told[outcome].push(path);
    if (outcome === 'modified' && there?.kind === file.kind) suspects.push({ path, id: file.id });
  }
  const untracked = [...found.keys()].filter((path) => !tracked.has(path));
  return { ...told, untracked, outside, suspects };
}

function outcomeOf({ kind, id }: CommitFile, there: FileOnDisk | undefined, read: boolean) {
  if (there === undefined) return read ? 'missing' : 'absent';
  return there.kind === kind && there.id === id ? 'same' : 'modified';
}

/** Whether the only difference of a file is that each LF of the commit has become CRLF, as `eol=crlf` does. */
export function isWithCrlf(content: Uint8Array, id: string): boolean {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const latin = text.toString('latin1');
  if (!latin.includes('\r\n') || /(?<!\r)\n/.test(latin)) return false;
  const format = id.length === 64 ? 'sha256' : 'sha1';
  return objectId('blob', Buffer.from(latin.replaceAll('\r\n', '\n'), 'latin1'), format) === id;
}

/** Longest pointer that Git LFS reads, in bytes. */
export const LFS_POINTER_BYTES = 1024;

/**
 * The SHA-256 of the content that a Git LFS pointer stands for; undefined when the bytes are no pointer.
 * Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 */
export function lfsContent(pointer: Uint8Array): string | undefined {
  if (pointer.length >= LFS_POINTER_BYTES) return undefined;
  const text = Buffer.from(pointer).toString('latin1');
  return /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[a-z0-9.-]+ .*\n)*?oid sha256:([0-9a-f]{64})\n/.exec(
    text,
  )?.[1];
}
