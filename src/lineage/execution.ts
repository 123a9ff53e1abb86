import type { DbtArtifacts, ManifestNode, NodeResult } from '../dbt/artifacts.ts';
import { kindOf } from '../dbt/effect.ts';

/** One result of dbt with the node it is about, and what became of it in OpenLineage's words. */
export interface Execution {
  readonly result: NodeResult;
  /** Null when the manifest has no such id: the result is kept, without lineage. */
  readonly node: ManifestNode | null;
  /** model, seed, test, operation, …; from the id when there is no node. */
  readonly kind: string;
  readonly outcome: 'COMPLETE' | 'FAIL' | 'ABORT';
}

/** Kinds for which dbt has nothing to execute, whatever it writes: 1.8 says `success`, later ones `no-op` or `skipped`. */
const NOTHING_TO_EXECUTE = new Set(['exposure', 'saved_query']);

/**
 * What dbt really executed. Empty when the files are not of one known invocation. Left out are results that stand
 * for nothing executed: `no-op`, exposures, and ephemeral models, which dbt 2 reports as `skipped`.
 */
export function executions({ manifest, runResults }: DbtArtifacts): readonly Execution[] {
  if (runResults === null) return [];
  if (runResults.invocationId === '' || manifest.invocationId !== runResults.invocationId) return [];
  return runResults.results.flatMap((result) => {
    const node = manifest.nodes.get(result.uniqueId) ?? null;
    const kind = node?.resourceType ?? kindOf(result.uniqueId);
    if (node?.materialized === 'ephemeral' || NOTHING_TO_EXECUTE.has(kind)) return [];
    const outcome = outcomeOf(result);
    if (outcome === null) return [];
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
