import { PassportError } from '../errors.ts';

/** dbt's words when a selection by `source_status:` has nothing to compare. */
const NO_SOURCES = /state comparison freshness results in sources\.json/;

/** dbt's names for: the project asks for packages, and they are not in its folder of packages. */
const PACKAGES_MISSING = new Set(['UninstalledPackagesFoundError', 'DependencyNotFoundError']);

/**
 * The error for a project that dbt could not read, or a selection that it could not resolve.
 * @param what `read the project …`: what dbt was asked to do
 * @param reason dbt's own message, on one line
 * @param kind the name of dbt's exception; empty when there was none
 */
export function planFailure(what: string, reason: string, kind: string): PassportError {
  const packages = PACKAGES_MISSING.has(kind);
  return new PassportError('ERR_DBT_PLAN_FAILED', `dbt could not ${what}: ${reason}`, {
    ...(packages && { reason: 'PACKAGES' }),
    hint: packages ? PACKAGES : NO_SOURCES.test(reason) ? SOURCES : PROJECT,
  });
}

const PACKAGES =
  'Install the packages in this step: put the line `deps` before the others in the input `command`. A rule with a list `dbt.commands` must have `deps` in it. Commit package-lock.yml, so that each run installs the same.';
const SOURCES =
  'A selection by `source_status:` compares two sources.json: put the line `source freshness` before it in the input `command`, and name the folder of an earlier one with `--state`.';
const PROJECT =
  'Correct the file that dbt names, or the input `project-dir` when it found no project. `dbt parse` and `dbt ls` with the same arguments show the same at your desk; no connection is needed.';
