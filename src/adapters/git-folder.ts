import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { formatOf } from '../checkout/git-objects.ts';

/** A repository as it lies on disk. Only files are read here, by their documented form; no git runs. */
export interface GitFolder {
  /** Top of its work tree. */
  readonly top: string;
  readonly objects: string;
  readonly config: string;
  /** The commit that HEAD names; empty when it cannot be read (no commit yet, or the reftable format). */
  readonly head: string;
}

/**
 * The repository whose work tree begins in a folder; null when none does. Work trees and submodules have a file
 * `.git` in the folder's place. Source: gitrepository-layout(5).
 */
export function gitFolderAt(top: string): GitFolder | null {
  const own = ownFolder(join(top, '.git'));
  if (own === null) return null;
  const shared = textOf(join(own, 'commondir'))?.trim();
  const common = shared === undefined ? own : resolve(own, shared);
  return { top, objects: join(common, 'objects'), config: join(common, 'config'), head: headOf(own, common) };
}

/** The repositories that a folder lies in, from the outermost; none above `workspace`. */
export function gitFoldersAround(folder: string, workspace: string): readonly GitFolder[] {
  const found: GitFolder[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const here = gitFolderAt(at);
    if (here !== null) found.unshift(here);
    if (at === workspace || at === dirname(at)) return found;
  }
}

function ownFolder(dotGit: string): string | null {
  try {
    const path = realpathSync(dotGit);
    if (statSync(path).isDirectory()) return path;
    const named = /^gitdir: ([^\0]+?)\n?$/.exec(readFileSync(path, 'utf8'))?.[1];
    if (named === undefined) return null;
    return realpathSync(isAbsolute(named) ? named : join(dirname(dotGit), named));
  } catch {
    return null;
  }
}

/** Symbolic names on the way from HEAD to a commit; git itself follows as many. */
const SYMBOLIC = 5;

function headOf(own: string, common: string): string {
  let name = 'HEAD';
  for (let followed = 0; followed <= SYMBOLIC; followed += 1) {
    const text = textOf(join(own, name)) ?? textOf(join(common, name)) ?? packed(common, name);
    const value = text?.trim() ?? '';
    if (formatOf(value) !== undefined) return value;
    const next = /^ref: (refs\/[^\0\s]+)$/.exec(value)?.[1];
    if (next === undefined || next.split('/').includes('..')) return '';
    name = next;
  }
  return '';
}

function packed(common: string, name: string): string | undefined {
  const lines = textOf(join(common, 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${name}`))?.split(' ')[0];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
