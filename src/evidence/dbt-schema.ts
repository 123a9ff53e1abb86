import * as v from 'valibot';
import { meaning, sha256Hex, text, texts } from './schema-parts.ts';

export const freshnessRow = v.object({
  source: text,
  status: meaning(
    v.picklist(['pass', 'warn', 'error', 'not measured']),
    'not measured: its query failed, or dbt left nothing of it.',
  ),
  ageSeconds: v.exactOptional(v.number()),
  maxLoadedAt: v.exactOptional(meaning(text, 'The newest load that the warehouse had.')),
  measuredAt: v.exactOptional(meaning(text, 'When the warehouse was asked.')),
  warnAfter: v.exactOptional(text),
  errorAfter: v.exactOptional(text),
  message: v.exactOptional(text),
});

const invocation = v.object({
  command: text,
  invocationId: text,
  exitCode: v.pipe(v.number(), v.integer()),
  signal: v.nullable(text),
  startedAt: text,
  finishedAt: text,
  executed: v.exactOptional(
    meaning(
      v.boolean(),
      'false: the command executed no node, and nodes holds no outcome. Absent in older records, where nodes may hold as succeeded what dbt only compiled or documented.',
    ),
  ),
  compiled: v.exactOptional(meaning(texts, 'unique_ids that `compile` compiled. None of them was executed.')),
  documented: v.exactOptional(
    meaning(
      texts,
      'unique_ids that `docs generate` compiled or found in the warehouse. None of them was executed.',
    ),
  ),
  previewed: v.exactOptional(
    meaning(
      texts,
      'unique_ids whose query `show` ran to print its rows. None of them was built or tested; a seed is loaded to be shown and stands in nodes.',
    ),
  ),
  repeats: v.exactOptional(
    meaning(
      v.literal(true),
      'A `retry`: it ran once more what the invocation before it had left failed or skipped. Of the two, the exit code of this one counts.',
    ),
  ),
  nodesWithHooks: v.exactOptional(
    meaning(
      texts,
      'unique_ids that dbt worked on and that have hooks of their own (pre-hook, post-hook). Whether each hook ran, and what it read and wrote, is not known. Absent when there are none, and in older records.',
    ),
  ),
  freshness: v.exactOptional(
    meaning(
      v.array(freshnessRow),
      'Every source that `source freshness` measured or was to measure. nodes has them by outcome too: a failed query among failed, one of which dbt left nothing among missing.',
    ),
  ),
  nodes: meaning(
    v.object({
      succeeded: texts,
      failed: texts,
      warned: texts,
      skipped: texts,
      noOp: v.exactOptional(meaning(texts, 'Exposures and the like; among succeeded in older records.')),
      reused: v.exactOptional(meaning(texts, 'Among succeeded in older records.')),
      unplanned: texts,
      missing: texts,
    }),
    "unique_ids by outcome, in dbt's categories PASS, ERROR, WARN, SKIP, NO-OP and REUSED. unplanned: in dbt's artifacts, but not in the plan. missing: planned, but without a result. operation.* is a hook of the project and macro.* the macro of a run-operation: what they read and wrote is not known.",
  ),
});

const installed = v.object({
  lockSha256: v.exactOptional(
    meaning(sha256Hex, 'Of package-lock.yml as it was then; absent: no such file.'),
  ),
  lockSha1: v.exactOptional(
    meaning(text, "sha1_hash in it, dbt's own: of the list that the project asks for, not of any content."),
  ),
  folder: v.exactOptional(
    meaning(text, 'packages-install-path; absent: a template, so the content is not known.'),
  ),
  packages: v.array(
    v.object({
      name: meaning(text, 'Name of its project and of its folder; empty: the lock file does not tell it.'),
      kind: v.exactOptional(
        meaning(
          v.picklist(['hub', 'git', 'private', 'tarball', 'local']),
          'Where it came from, by the lock file; absent: the lock file does not name it.',
        ),
      ),
      from: v.exactOptional(text),
      version: v.exactOptional(meaning(text, 'Version, or commit of the git repository.')),
      subdirectory: v.exactOptional(text),
      sha256: v.exactOptional(
        meaning(
          sha256Hex,
          'Over the files in its folder, read after the installation (docs/verify.md says how); absent: not found or too large.',
        ),
      ),
    }),
  ),
});

/** The dbt in use, what it installed, and its commands with what became of each node. */
export const dbt = v.object({
  version: text,
  adapters: v.record(text, text),
  executableSha256: sha256Hex,
  packages: texts,
  installed: v.exactOptional(
    meaning(
      installed,
      'The packages of the project that the last `deps` of this run installed. Absent: no `deps` ran, so nothing is said of the packages.',
    ),
  ),
  exitCode: v.nullable(v.pipe(v.number(), v.integer())),
  invocations: v.array(invocation),
});
