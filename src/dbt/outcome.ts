import type { DbtArtifacts, NodeResult } from './artifacts.ts';

export interface InvocationNodes {
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly warned: readonly string[];
  readonly skipped: readonly string[];
  readonly unplanned: readonly string[];
  readonly missing: readonly string[];
}

/** Kinds of node that must leave a result; whether exposures and the like do depends on the version of dbt. */
const EXECUTABLE = /^(model|seed|snapshot|test|unit_test|function)\./;

const GROUP = {
  success: 'succeeded',
  reused: 'succeeded',
  'no-op': 'succeeded',
  failed: 'failed',
  warned: 'warned',
  skipped: 'skipped',
} as const;

/** unique_ids of one invocation by outcome, compared with the plan; each list is sorted. */
export function invocationNodes(
  planned: readonly string[],
  hooks: readonly string[],
  artifacts: DbtArtifacts | null,
): InvocationNodes {
  const results = artifacts?.runResults?.results ?? [];
  const expected = new Set([...planned, ...hooks]);
  const seen = new Set(results.map((result) => result.uniqueId));
  const inGroup = (group: string) => ids(results.filter((result) => GROUP[result.status] === group));
  return {
    succeeded: inGroup('succeeded'),
    failed: inGroup('failed'),
    warned: inGroup('warned'),
    skipped: inGroup('skipped'),
    unplanned: ids(results.filter((result) => !expected.has(result.uniqueId))),
    missing: planned.filter((id) => leavesResult(id, artifacts) && !seen.has(id)).sort(),
  };
}

function ids(results: readonly NodeResult[]): string[] {
  return results.map((result) => result.uniqueId).sort();
}

/** dbt inlines ephemeral models into their children and reports nothing for them. */
function leavesResult(id: string, artifacts: DbtArtifacts | null): boolean {
  return EXECUTABLE.test(id) && artifacts?.manifest.nodes.get(id)?.materialized !== 'ephemeral';
}
