import type { Variables } from '../credentials/issued.ts';
import type { DbtSession } from '../ports.ts';
import type { DbtInvocation, RunFact } from './invocation.ts';
import type { Plan } from './plan.ts';
import { readCatalog, readManifest, readRunResults } from './read-artifacts.ts';

/**
 * Runs the planned commands in order and stops after the first that fails.
 * `keep` is called after each command, so that what ran is on record even if the next one dies.
 */
export async function execute(
  plan: Plan,
  session: DbtSession,
  credentials: Variables,
  keep: (runs: readonly RunFact[]) => void,
): Promise<readonly RunFact[]> {
  const runs: RunFact[] = [];
  for (const { command, done } of plan.commands) {
    const invocation = done ?? (await session.invoke(command, credentials));
    runs.push(runFact(invocation));
    keep([...runs]);
    if (invocation.exitCode !== 0) break;
  }
  return runs;
}

/** dbt may be stopped while it writes. Half a file is no artifact, but what ran stays on record. */
function runFact(invocation: DbtInvocation): RunFact {
  try {
    return { invocation, artifacts: readArtifacts(invocation.files) };
  } catch {
    const files = invocation.files.filter(({ name }) => !name.endsWith('.json'));
    return { invocation: { ...invocation, files }, artifacts: null };
  }
}

function readArtifacts(files: DbtInvocation['files']): RunFact['artifacts'] {
  const bytes = (name: string) => files.find((file) => file.name === name)?.bytes;
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
