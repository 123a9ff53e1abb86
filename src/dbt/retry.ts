import { isRetry } from './command.ts';
import type { RunFact } from './invocation.ts';
import type { Plan, PlannedCommand } from './plan.ts';

/** dbt's words for results that `retry` repeats. Source: dbt-core, dbt/task/retry.py, RETRYABLE_STATUSES. */
const REPEATED = new Set(['error', 'fail', 'skipped', 'runtime error', 'partial success']);

/**
 * What `retry` runs after a line that failed: the same nodes that dbt takes, with the hooks of that line around them, or
 * its macro. Null when it cannot mend the failure: the line was stopped, or left no results, or only a hook failed, of
 * which dbt repeats none by itself.
 */
export function repeated(
  { invocation, artifacts }: RunFact,
  planned: PlannedCommand,
): Pick<PlannedCommand, 'nodes' | 'hooks' | 'operation'> | null {
  if (invocation.exitCode !== 1) return null;
  const results = artifacts?.runResults?.results ?? [];
  const again = results.filter(({ raw }) => REPEATED.has(raw)).map(({ uniqueId }) => uniqueId);
  if (planned.operation !== undefined)
    return again.length === 0 ? null : { nodes: [], operation: planned.operation };
  const nodes = again.filter((id) => !id.startsWith('operation.'));
  return nodes.length === 0 ? null : { nodes, ...(planned.hooks && { hooks: planned.hooks }) };
}

/** The plan with what the `retry` with this index will run, as the line before it has failed; null when it can mend nothing. */
export function planRetry({ commands, hooks }: Plan, index: number, failed: RunFact): Plan | null {
  const [before, retry] = commands.slice(index - 1);
  const again = before === undefined ? null : repeated(failed, before);
  if (again === null || retry === undefined) return null;
  const { command } = retry;
  const selection = again.operation === undefined ? 'resolved' : 'none';
  return { hooks, commands: commands.with(index, { command, selection, deferred: true, ...again }) };
}

/** The plan without the `retry` with this index, as the line before it has not failed. */
export function withoutRetry({ commands, hooks }: Plan, index: number): Plan {
  const rest = commands.toSpliced(index, 1);
  return {
    hooks,
    commands: rest.map((one, at) => (at === index - 1 ? { ...one, retry: 'not needed' } : one)),
  };
}

/** The runs that count: a line that was repeated is what became of its last `retry`. */
export function standing(runs: readonly RunFact[]): readonly RunFact[] {
  return runs.filter((_, index) => !wasRepeated(runs, index));
}

/** Whether the run with this index was repeated by the next one. */
export function wasRepeated(runs: readonly RunFact[], index: number): boolean {
  const next = runs[index + 1];
  return next !== undefined && isRetry(next.invocation.command);
}
