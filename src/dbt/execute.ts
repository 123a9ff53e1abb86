import { PassportError } from '../errors.ts';
import type { DbtSession } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { readCatalog, readManifest, readRunResults } from './artifacts.ts';
import type { DbtInvocation, RunFact } from './invocation.ts';
import type { Plan } from './plan.ts';

/**
 * Runs the planned commands in order and stops after the first that fails.
 * `keep` is called after each command, so that what ran is on record even if the next one dies.
 */
export async function execute(
  plan: Plan,
  session: DbtSession,
  credentials: ReadonlyMap<string, Secret>,
  keep: (runs: readonly RunFact[]) => void,
): Promise<readonly RunFact[]> {
  const runs: RunFact[] = [];
  for (const { command, done } of plan.commands) {
    const invocation = done ?? (await session.invoke(command, credentials));
    runs.push({ invocation, artifacts: artifactsOf(invocation) });
    keep([...runs]);
    if (invocation.exitCode !== 0) break;
  }
  return runs;
}

function artifactsOf(invocation: DbtInvocation): RunFact['artifacts'] {
  const bytes = (name: string) => invocation.files.find((file) => file.name === name)?.bytes;
  const manifest = bytes('manifest.json');
  if (manifest === undefined) return null;
  const runResults = bytes('run_results.json');
  const catalog = bytes('catalog.json');
  return {
    manifest: readManifest(manifest),
    runResults: runResults === undefined ? null : readRunResults(runResults),
    catalog: catalog === undefined ? null : readCatalog(catalog),
  };
}

/** Refuses to call a run good when dbt did not: names the command, its exit code and the nodes that failed. */
export function checkRuns(runs: readonly RunFact[]): void {
  const bad = runs.find((run) => run.invocation.exitCode !== 0);
  if (bad === undefined) return;
  const { command, exitCode, signal } = bad.invocation;
  if (signal !== null) {
    throw new PassportError(
      'ERR_DBT_KILLED',
      `dbt ${command.name} was ended by ${signal} (exit code ${exitCode})`,
      {
        hint: 'The run was cancelled, ran past `max_minutes`, or the machine ran out of memory.',
      },
    );
  }
  const failed = (bad.artifacts?.runResults?.results ?? []).filter((result) => result.status === 'failed');
  const names = failed.slice(0, 5).map((result) => plain(result.uniqueId));
  const more = failed.length > names.length ? ` and ${failed.length - names.length} more` : '';
  const nodes = names.length === 0 ? 'before any node ran' : `with ${names.join(', ')}${more} failing`;
  throw new PassportError(
    'ERR_DBT_FAILED',
    `dbt ${command.name} ended with exit code ${exitCode}, ${nodes}`,
    {
      hint: "dbt's own messages are in the log above and in report.html.",
    },
  );
}
