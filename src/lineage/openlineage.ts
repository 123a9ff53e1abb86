import type { RunFact } from '../dbt/invocation.ts';
import { commandRun } from './command-run.ts';
import { startAndEnd } from './event.ts';
import { executions } from './execution.ts';
import type { JsonObject } from './facet.ts';
import { nodeRun } from './node-run.ts';
import { type LineageInput, scopeOf } from './scope.ts';
import { isTest, testRun } from './test-run.ts';

/**
 * What dbt did, as OpenLineage RunEvents (2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json): for each
 * command its own START, then START and COMPLETE, FAIL or ABORT of each node that was executed, then the
 * command's end. Pure: the same input gives the same events, ids included. docs/lineage.md has the mapping.
 */
export function openLineageEvents(input: LineageInput): readonly JsonObject[] {
  return input.runs.flatMap((run) => commandEvents(input, run));
}

function commandEvents(input: LineageInput, run: RunFact): readonly JsonObject[] {
  const scope = scopeOf(input, run);
  const executed = run.artifacts === null ? [] : executions(run.artifacts);
  const runs = executed.map((execution) =>
    isTest(execution) ? testRun(execution, scope) : nodeRun(execution, scope),
  );
  const [start, end] = startAndEnd(commandRun(scope), scope);
  return [start, ...runs.flatMap((described) => startAndEnd(described, scope)), end];
}
