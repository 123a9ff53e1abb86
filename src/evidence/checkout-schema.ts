import * as v from 'valibot';
import { count, meaning, text } from './schema-parts.ts';

const names = v.object({
  count,
  names: meaning(
    v.array(text) as v.GenericSchema<readonly string[]>,
    'The first of them, by their paths from the top of the repository.',
  ),
});

/** The part of the predicate that tells which code was on disk. */
export const checkoutSchema = v.object({
  clause: meaning(v.picklist(['token_commit', 'any', 'repositories']), 'What the rule asks for.'),
  matchesToken: meaning(
    v.boolean(),
    "Every compared file is that of the token's commit, and HEAD names it too where HEAD can be read.",
  ),
  head: v.exactOptional(
    meaning(text, "The commit that HEAD named: the checkout's own word. Absent: not to be read."),
  ),
  compared: v.exactOptional(
    meaning(
      v.object({
        commit: text,
        of: meaning(
          v.picklist(['token', 'submodule', 'other-commit', 'other-repository']),
          "token: the token's commit. submodule: what that commit names for the submodule. Else HEAD of the checkout, which nobody vouches for.",
        ),
        submodule: v.exactOptional(text),
        repository: v.exactOptional(
          meaning(
            text,
            'What the remote of the checkout is called; nobody asked it whether it has the commit.',
          ),
        ),
        same: meaning(count, 'Files that are those of the commit.'),
        lineEndings: meaning(count, 'Of same: with CRLF where the commit has LF.'),
        lfs: meaning(count, 'Of same: the content that a Git LFS pointer of the commit names.'),
        absent: meaning(count, 'Tracked files that are not there, where dbt does not read.'),
        differences: v.object({
          modified: names,
          missing: names,
          untracked: meaning(
            names,
            'Where dbt reads, and not in the commit; ignored files and packages too.',
          ),
          outside: meaning(names, 'Read by dbt from outside of the repository.'),
        }),
      }),
      'Absent: could not be compared, for the reason in unknown.',
    ),
  ),
  unknown: v.exactOptional(v.object({ reason: text, why: text })),
  changedInRun: v.exactOptional(
    meaning(
      names,
      'Files that dbt reads, apart from what deps writes, and that were others after it had ended. A file that was changed and changed back is not seen. Absent: not looked at again.',
    ),
  ),
});
