import type { Variables } from '../credentials/issued.ts';
import type { DbtSession } from '../ports.ts';
import { isRetry } from './command.ts';
import type { DbtInvocation, RunFact } from './invocation.ts';
import type { Plan, PlannedCommand } from './plan.ts';
import { readCatalog, readManifest, readRunResults, readSources } from './read-artifacts.ts';

/** Who wants to know. An index is that of the next run, and of its command in the plan as it is then. */
interface Watch {
  /** Called after each command, so that what ran is on record even if the next one dies. */
  readonly keep: (runs: readonly RunFact[]) => void;
  /** Plans and checks a deferred command, right before it runs. */
  readonly planNow: (index: number) => Promise<void>;
  /** Plans and checks a `retry` of the line that failed; false when it can mend nothing. */
  readonly planRetry: (index: number, failed: RunFact) => boolean;
  /** Takes a `retry` out of the plan: the line before it did not fail. */
  readonly dropRetry: (index: number) => void;
}

/** Runs the planned commands in order and stops after the first that fails, unless a `retry` follows that can mend it. */
export async function execute(
  plan: Plan,
  session: DbtSession,
  credentials: Variables,
  watch: Watch,
): Promise<readonly RunFact[]> {
  const runs: RunFact[] = [];
  for (const planned of plan.commands) {
    const step = await prepare(planned, runs, watch);
    if (step === 'stop') break;
    if (step === 'skip') continue;
    const { command, done } = planned;
    runs.push(runFact(done ?? (await session.invoke(command, credentials))));
    watch.keep([...runs]);
  }
  return runs;
}

/** What is to be done with the next command of the plan, after the runs so far. */
async function prepare(
  { command, selection }: PlannedCommand,
  runs: readonly RunFact[],
  watch: Watch,
): Promise<'run' | 'skip' | 'stop'> {
  const last = runs.at(-1);
  const failed = last !== undefined && last.invocation.exitCode !== 0;
  if (isRetry(command)) {
    if (failed) return watch.planRetry(runs.length, last) ? 'run' : 'stop';
    watch.dropRetry(runs.length);
    return 'skip';
  }
  if (failed) return 'stop';
  if (selection === 'deferred') await watch.planNow(runs.length);
  return 'run';
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
  const sources = bytes('sources.json');
  return {
    manifest: readManifest(manifest),
    runResults: runResults === undefined ? null : readRunResults(runResults),
    catalog: catalog === undefined ? null : readCatalog(catalog),
    ...(sources !== undefined && { sources: readSources(sources) }),
  };
}
