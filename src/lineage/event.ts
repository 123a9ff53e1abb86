import type { JsonObject } from './facet.ts';
import type { Scope } from './scope.ts';

/** One run as the events need it. */
export interface RunDescription {
  readonly runId: string;
  readonly jobName: string;
  readonly outcome: 'COMPLETE' | 'FAIL' | 'ABORT';
  /** As dbt gives them; empty or odd times fall back to the command's. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly run: { readonly always: JsonObject; readonly atEnd: JsonObject };
  readonly job: { readonly always: JsonObject; readonly atEnd: JsonObject };
  /** Inputs and outputs are absent of a run of which nobody knows what it touched; empty: it touched nothing of the kind. */
  readonly inputs?: Datasets;
  readonly outputs?: Datasets;
}

/** Names alone go with START; what is known of the datasets goes with the end of the run. */
export interface Datasets {
  readonly atStart: readonly JsonObject[];
  readonly atEnd: readonly JsonObject[];
}

export const NO_DATASETS: Datasets = { atStart: [], atEnd: [] };

/** START and the terminal event of a run: RunEvents of OpenLineage 2-0-2. */
export function startAndEnd(
  run: RunDescription,
  scope: Scope,
): readonly [start: JsonObject, end: JsonObject] {
  const { producer, runFacets, jobNamespace, invocation } = scope;
  const event = (end: boolean): JsonObject => ({
    eventType: end ? run.outcome : 'START',
    eventTime: end ? timeOr(run.endedAt, invocation.finishedAt) : timeOr(run.startedAt, invocation.startedAt),
    producer,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: run.runId, facets: { ...run.run.always, ...runFacets, ...(end && run.run.atEnd) } },
    job: {
      namespace: jobNamespace,
      name: run.jobName,
      facets: { ...run.job.always, ...(end && run.job.atEnd) },
    },
    ...(run.inputs && { inputs: end ? run.inputs.atEnd : run.inputs.atStart }),
    ...(run.outputs && { outputs: end ? run.outputs.atEnd : run.outputs.atStart }),
  });
  return [event(false), event(true)];
}

/** dbt's time, to the precision in which it was given, when it is an RFC 3339 date-time; else the command's. */
function timeOr(time: string, ofCommand: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(time) ? time : ofCommand;
}
