import type { Variables } from '../credentials/issued.ts';
import type { DbtSession } from '../ports.ts';
import type { DbtInvocation, RunFact } from './invocation.ts';
import type { Plan } from './plan.ts';
import { readCatalog, readManifest, readRunResults } from './read-artifacts.ts';

/** Who wants to know. */
interface Watch {
  /** Called after each command, so that what ran is on record even if the next one dies. */
  readonly keep: (runs: readonly RunFact[]) => void;
  /** Plans and checks the deferred command with this index in the plan, right before it runs. */
  readonly planNow: (index: number) => Promise<void>;
}

/** Runs the planned commands in order and stops after the first that fails. */
export async function execute(
  plan: Plan,
  session: DbtSession,
  credentials: Variables,
  { keep, planNow }: Watch,
): Promise<readonly RunFact[]> {
  const runs: RunFact[] = [];
  for (const [index, planned] of plan.commands.entries()) {
    if (planned.selection === 'deferred') await planNow(index);
    const { command, done } = planned;
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
