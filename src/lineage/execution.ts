import type { DbtArtifacts, ManifestNode, NodeResult } from '../dbt/artifacts.ts';

/** One result of dbt with the node it is about, and what became of it in OpenLineage's words. */
export interface Execution {
  readonly result: NodeResult;
  /** Null when the manifest has no such id: the result is kept, without lineage. */
  readonly node: ManifestNode | null;
  /** model, seed, test, operation, …; from the id when there is no node. */
  readonly kind: string;
  readonly outcome: 'COMPLETE' | 'FAIL' | 'ABORT';
}

/** Commands whose run_results speak of a run; the others (docs generate, compile, …) only look like it. */
const EXECUTING = new Set(['run', 'build', 'test', 'seed', 'snapshot', 'retry', 'clone', 'run-operation']);

/**
 * What dbt really executed. Empty when the files are not of one known invocation, or were written by a command
 * that executes nothing: `docs generate` writes `success` for every node. Left out are results that stand for
 * nothing executed: `no-op`, and ephemeral models, which dbt 2 reports as `skipped`.
 */
export function executions({ manifest, runResults }: DbtArtifacts): readonly Execution[] {
  if (runResults === null || !EXECUTING.has(runResults.which)) return [];
  if (runResults.invocationId === '' || manifest.invocationId !== runResults.invocationId) return [];
  return runResults.results.flatMap((result) => {
    const node = manifest.nodes.get(result.uniqueId) ?? null;
    const outcome = node?.materialized === 'ephemeral' ? null : outcomeOf(result);
    if (outcome === null) return [];
    const kind = node?.resourceType ?? result.uniqueId.split('.', 1)[0] ?? '';
    return [{ result, node, kind, outcome }];
  });
}

/** A microbatch model with failed batches (`partial success`) has failed, though it has written. */
export function isPartial(result: NodeResult): boolean {
  return result.raw === 'partial success';
}

function outcomeOf(result: NodeResult): Execution['outcome'] | null {
  if (isPartial(result)) return 'FAIL';
  switch (result.status) {
    case 'success':
    case 'warned':
    case 'reused':
      return 'COMPLETE';
    case 'failed':
      return 'FAIL';
    case 'skipped':
      return 'ABORT';
    case 'no-op':
      return null;
  }
}
