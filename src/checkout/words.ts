import { plain } from '../untrusted.ts';
import type { CheckoutTold, Names } from './told.ts';

type Compared = NonNullable<CheckoutTold['compared']>;

/** Names in one sentence. */
const NAMES = 5;

/** What was seen of the checkout, without a full stop. Foreign names in it are plain. */
export function checkoutText(checkout: CheckoutTold): string {
  const { compared, unknown, matchesToken } = checkout;
  if (compared === undefined) return `not known: ${plain(unknown?.why ?? '')}`;
  const changes = differencesText(compared);
  if (matchesToken) return `the files are those of the token's ${ofToken(compared)} (${counted(compared)})`;
  return `${otherwise(compared, checkout.head)}, ${changes === '' ? `its files unchanged (${counted(compared)})` : changes}`;
}

function ofToken({ of, submodule = '', commit }: Compared): string {
  if (of !== 'submodule') return `commit ${shortCommit(commit)}`;
  return `commit, in its submodule ${plain(submodule)} at ${shortCommit(commit)}`;
}

function otherwise({ of, repository = '', commit }: Compared, head: string | undefined): string {
  if (of === 'other-repository')
    return `another repository, ${plain(repository) || 'without a remote,'} by its own word, at commit ${shortCommit(commit)}`;
  if (of === 'other-commit') return `commit ${shortCommit(commit)} of the same repository`;
  if (head === undefined) return 'HEAD that cannot be read';
  return head === commit ? 'HEAD at that commit' : `HEAD at commit ${shortCommit(head)}`;
}

function counted({ same, lineEndings, lfs }: Compared): string {
  const converted = [
    ...(lineEndings === 0 ? [] : [`${lineEndings} with CRLF line ends`]),
    ...(lfs === 0 ? [] : [`${lfs} by their Git LFS pointer`]),
  ];
  return [`${filesText(same)} compared`, ...converted].join(', ');
}

/** `2 files changed (a, b), 1 file added (c)`; empty when there is no difference. */
function differencesText({ differences }: Compared): string {
  const { modified, missing, untracked, outside } = differences;
  const kinds = [
    [modified, 'changed'],
    [missing, 'missing'],
    [untracked, 'not in the commit'],
    [outside, 'read from outside of the repository'],
  ] as const;
  return kinds
    .filter(([{ count }]) => count > 0)
    .map(([found, words]) => `${filesText(found.count)} ${words} (${namesText(found)})`)
    .join(', ');
}

/** Whether dbt's files were still the same when it had ended. */
export function changedText(changed: readonly string[] | null): string {
  if (changed === null) return 'not known whether a file changed while dbt ran';
  return changed.length === 0
    ? 'no file changed while dbt ran'
    : changedFilesText({ count: changed.length, names: changed });
}

export function changedFilesText(changed: Names): string {
  return `${filesText(changed.count)} changed while dbt ran (${namesText(changed)})`;
}

function namesText({ count, names }: Names): string {
  const shown = names.slice(0, NAMES);
  const more = count - shown.length;
  return `${shown.map((name) => plain(name, 200)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}
