/** Files of one kind of difference: all of them, by their paths from the top of the repository. */
export interface Differences {
  /** Tracked, with other content or as another kind of file. */
  readonly modified: readonly string[];
  /** Tracked where dbt reads, and not there. */
  readonly missing: readonly string[];
  /** Where dbt reads, and not in the commit; ignored files too, for dbt reads them all the same. */
  readonly untracked: readonly string[];
  /** Read by dbt through a path or a link that leaves the repository. */
  readonly outside: readonly string[];
}

/** Which commit the files were compared with. */
export type Against =
  /** The token's own. */
  | { readonly kind: 'token' }
  /** The one that the token's commit names for this submodule. */
  | { readonly kind: 'submodule'; readonly path: string }
  /** HEAD of a checkout of the token's repository that does not have the token's commit. */
  | { readonly kind: 'other-commit' }
  /** HEAD of a checkout of another repository: `owner/name` as its remote says, else its address. */
  | { readonly kind: 'other-repository'; readonly repository: string };

export type UnknownReason =
  | 'NO_REPOSITORY'
  | 'NO_GIT'
  | 'NO_HEAD'
  | 'OBJECT_MISSING'
  | 'OBJECT_BROKEN'
  | 'PATHS'
  | 'UNREADABLE';

/** The files were compared with a commit. */
export interface Compared {
  readonly kind: 'compared';
  readonly against: Against;
  readonly commit: string;
  /** What HEAD of the project's repository names; empty when that could not be read. It is the checkout's own word. */
  readonly head: string;
  /** The project by its path from the top of the repository; empty for the top itself. */
  readonly project: string;
  readonly differences: Differences;
  /** Files that are those of the commit. */
  readonly same: number;
  /** Of `same`: with CRLF where the commit has LF, as `eol=crlf` checks them out. */
  readonly lineEndings: number;
  /** Of `same`: the content that a Git LFS pointer of the commit names. */
  readonly lfs: number;
  /** Tracked files of the project that are not there, where dbt does not read: a sparse checkout. */
  readonly absent: number;
}

/** They could not be. */
export interface NotCompared {
  readonly kind: 'unknown';
  readonly reason: UnknownReason;
  /** What was looked for and what was found, in one sentence without its end. */
  readonly why: string;
  readonly head: string;
}

/** What was seen of the project on disk before it ran. */
export type Checkout = (Compared | NotCompared) & {
  /** To find what changes later. */
  readonly contents: Contents;
  /** Folders of local packages that were among what was looked at, as paths from the project. */
  readonly localPackages: readonly string[];
};

/** A digest for each file that dbt reads, by its path, apart from what `dbt deps` writes. Nothing of it is published. */
export type Contents = ReadonlyMap<string, string>;

export function differenceCount({ modified, missing, untracked, outside }: Differences): number {
  return modified.length + missing.length + untracked.length + outside.length;
}

/** The files are those of the commit that the token names, and so is HEAD where it can be read. */
export function isTokenCommit(checkout: Checkout): boolean {
  return (
    checkout.kind === 'compared' &&
    (checkout.against.kind === 'token' || checkout.against.kind === 'submodule') &&
    (checkout.head === '' || checkout.head === checkout.commit) &&
    differenceCount(checkout.differences) === 0
  );
}

/** Files that are not as they were: changed, new or gone. */
export function changedSince(before: Contents, after: Contents): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}
