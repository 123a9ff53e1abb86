import { isTestKind } from '../dbt/test-kind.ts';
import { assertion, type TestExecution, testItem } from './assertions.ts';
import { datasetFacets, datasetOf } from './dataset.ts';
import { type Datasets, NO_DATASETS, type RunDescription } from './event.ts';
import type { Execution } from './execution.ts';
import { facet } from './facet.ts';
import { jobType, sourceLocationFacet, sqlFacet } from './job.ts';
import { realParents, testedNodes } from './parents.ts';
import { errorFacet, queryFacet } from './result-facets.ts';
import { dbtFacet, nodeRunId, parentFacet, type Scope } from './scope.ts';

/** Whether the result is of a test that the manifest knows. A test it does not know is an ordinary run without lineage. */
export function isTest(execution: Execution): execution is TestExecution {
  return execution.node !== null && isTestKind(execution.kind);
}

/** The run of one test. It writes nothing. */
export function testRun(test: TestExecution, scope: Scope): RunDescription {
  const { node, result, kind } = test;
  return {
    runId: nodeRunId(scope, node.uniqueId),
    jobName: node.uniqueId,
    outcome: test.outcome,
    startedAt: result.startedAt,
    endedAt: result.completedAt,
    run: {
      always: parentFacet(scope.producer, scope.wrapper, scope.workflow),
      atEnd: {
        ...dbtFacet(scope, {
          uniqueId: node.uniqueId,
          originalFilePath: node.originalFilePath,
          status: result.raw,
        }),
        ...queryFacet(result, scope),
        ...errorFacet(test, scope),
        test: facet(scope.producer, 'TestRunFacet', { tests: [testItem(test)] }),
      },
    },
    job: {
      always: jobType(scope.producer, kind.toUpperCase()),
      atEnd: { ...sqlFacet(test, scope), ...sourceLocationFacet(node, scope) },
    },
    inputs: readBy(test, scope),
    outputs: NO_DATASETS,
  };
}

/** All that a test reads, with the assertion on what it tests. Unit tests read nothing: their rows are made up. */
function readBy(test: TestExecution, scope: Scope): Datasets {
  const manifest = scope.artifacts?.manifest;
  if (manifest === undefined || test.kind === 'unit_test') return NO_DATASETS;
  const read = realParents(manifest, test.node);
  const tested = test.outcome === 'ABORT' ? [] : testedNodes(manifest, test.node);
  const inputFacets = {
    dataQualityAssertions: facet(scope.producer, 'DataQualityAssertionsDatasetFacet', {
      assertions: [assertion(test)],
    }),
  };
  return {
    atStart: read.map((node) => datasetOf(node, scope)),
    atEnd: read.map((node) => ({
      ...datasetOf(node, scope),
      facets: datasetFacets(node, scope),
      ...(tested.includes(node) && { inputFacets }),
    })),
  };
}
