import { isTestKind } from '../dbt/test-kind.ts';
import { assertion, type TestExecution, testItem } from './assertions.ts';
import type { RunDescription } from './event.ts';
import type { Execution } from './execution.ts';
import { facet, type JsonObject } from './facet.ts';
import { inputDatasets } from './input-datasets.ts';
import type { Input } from './inputs.ts';
import { jobType, sourceLocationFacet, sqlFacet } from './job.ts';
import { outputDatasets } from './output-datasets.ts';
import { testedNodes } from './parents.ts';
import { errorFacet, queryFacet } from './result-facets.ts';
import { dbtFacet, nodeRunId, parentFacet, type Scope } from './scope.ts';

/** Whether the result is of a test that the manifest knows. A test it does not know is an ordinary run without lineage. */
export function isTest(execution: Execution): execution is TestExecution {
  return execution.node !== null && isTestKind(execution.kind);
}

/** The run of one test: all that it reads, with the assertion on what it tests. */
export function testRun(test: TestExecution, scope: Scope): RunDescription {
  const { node, result, kind } = test;
  const { datasets, unknown } = inputDatasets(test, scope, assertionOn(test, scope));
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
          ...(unknown.length > 0 && { inputsNotKnown: unknown }),
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
    inputs: datasets,
    outputs: outputDatasets(test, scope),
  };
}

/** The assertion, on the dataset that the test is about; a test that was skipped asserts nothing. */
function assertionOn(test: TestExecution, scope: Scope): (input: Input) => JsonObject {
  const manifest = scope.artifacts?.manifest;
  if (manifest === undefined || test.outcome === 'ABORT') return () => ({});
  const tested = testedNodes(manifest, test.node);
  const dataQualityAssertions = facet(scope.producer, 'DataQualityAssertionsDatasetFacet', {
    assertions: [assertion(test)],
  });
  return ({ node }) => (tested.includes(node) ? { dataQualityAssertions } : {});
}
