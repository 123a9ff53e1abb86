import { NO_DATASETS, type RunDescription } from './event.ts';
import { jobType } from './job.ts';
import { measuredSources } from './measured-sources.ts';
import { dbtFacet, parentFacet, type Scope } from './scope.ts';

/**
 * The run of a whole dbt command, parent of its nodes' runs; its own parent is the workflow run. It fails by
 * dbt's exit code and is aborted when a signal ended dbt. `source freshness` has read the sources that it measured.
 */
export function commandRun(scope: Scope): RunDescription {
  const { invocation, producer } = scope;
  const ended = invocation.exitCode === 0 ? 'COMPLETE' : 'FAIL';
  return {
    runId: scope.wrapper.run.runId,
    jobName: scope.wrapper.job.name,
    outcome: invocation.signal === null ? ended : 'ABORT',
    startedAt: invocation.startedAt,
    endedAt: invocation.finishedAt,
    run: {
      always: parentFacet(producer, scope.workflow, scope.workflow),
      atEnd: dbtFacet(scope, { exitCode: invocation.exitCode, signal: invocation.signal ?? '' }),
    },
    job: { always: jobType(producer, 'JOB'), atEnd: {} },
    inputs: measuredSources(scope),
    outputs: NO_DATASETS,
  };
}
