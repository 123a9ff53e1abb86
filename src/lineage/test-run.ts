import type { ManifestNode } from '../dbt/artifacts.ts';
import { assertion, isGeneric, type TestExecution, testItem } from './assertions.ts';
import { datasetFacets, datasetOf } from './dataset.ts';
import { type Datasets, NO_DATASETS, type RunDescription } from './event.ts';
import type { Execution } from './execution.ts';
import { facet, type JsonObject } from './facet.ts';
import { jobName, jobType, sourceLocationFacet, sqlFacet } from './job.ts';
import { isDataset, realParents, testedNode, testedNodes } from './parents.ts';
import { errorFacet, queryFacet } from './result-facets.ts';
import { dbtFacet, nodeRunId, parentFacet, type Scope } from './scope.ts';

/** Whether the result is of a test that the manifest knows. A test it does not know is an ordinary run without lineage. */
export function isTest(execution: Execution): execution is TestExecution {
  return execution.node !== null && (execution.kind === 'test' || execution.kind === 'unit_test');
}

/**
 * Runs of tests: one for each test, or, under the names of dbt-ol, one for all generic tests of a dataset.
 * The outcome of a group is FAIL when one of it failed, ABORT when all were skipped.
 */
export function testRuns(tests: readonly TestExecution[], scope: Scope): readonly RunDescription[] {
  if (scope.naming === 'unique-id') return tests.map((test) => singleRun(test, scope));
  const groups = new Map<ManifestNode, TestExecution[]>();
  const singles: TestExecution[] = [];
  for (const test of tests) {
    const tested = isGeneric(test.node) ? testedIn(scope, test.node) : null;
    if (tested === null || !isDataset(tested)) singles.push(test);
    else groups.set(tested, [...(groups.get(tested) ?? []), test]);
  }
  return [
    ...[...groups].map(([tested, group]) => groupRun(tested, group, scope)),
    ...singles.map((test) => singleRun(test, scope)),
  ];
}

function singleRun(test: TestExecution, scope: Scope): RunDescription {
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
        ...testFacet([test], scope),
      },
    },
    job: {
      always: jobType(scope.producer, kind.toUpperCase()),
      atEnd: { ...sqlFacet(test, scope), ...sourceLocationFacet(node, scope) },
    },
    inputs: kind === 'unit_test' ? NO_DATASETS : readBy(test, scope),
    outputs: NO_DATASETS,
  };
}

function groupRun(tested: ManifestNode, group: readonly TestExecution[], scope: Scope): RunDescription {
  const outcomes = new Set(group.map((test) => test.outcome));
  const times = (read: (test: TestExecution) => string) =>
    group
      .map(read)
      .filter((time) => time !== '')
      .sort();
  return {
    runId: nodeRunId(scope, `${tested.uniqueId}.test`),
    jobName: jobName(tested.uniqueId, tested, 'test', scope),
    outcome: outcomes.has('FAIL') ? 'FAIL' : outcomes.has('COMPLETE') ? 'COMPLETE' : 'ABORT',
    startedAt: times(({ result }) => result.startedAt)[0] ?? '',
    endedAt: times(({ result }) => result.completedAt).at(-1) ?? '',
    run: {
      always: parentFacet(scope.producer, scope.wrapper, scope.workflow),
      atEnd: { ...dbtFacet(scope, { uniqueId: tested.uniqueId }), ...testFacet(group, scope) },
    },
    job: { always: jobType(scope.producer, 'TEST'), atEnd: sourceLocationFacet(tested, scope) },
    inputs: datasets([tested], [tested], group, scope),
    outputs: NO_DATASETS,
  };
}

/** All that a test reads, with the assertion on what it tests. Unit tests read nothing: their rows are made up. */
function readBy(test: TestExecution, scope: Scope): Datasets {
  const manifest = scope.artifacts?.manifest;
  if (manifest === undefined) return NO_DATASETS;
  return datasets(realParents(manifest, test.node), testedNodes(manifest, test.node), [test], scope);
}

function datasets(
  read: readonly ManifestNode[],
  tested: readonly ManifestNode[],
  tests: readonly TestExecution[],
  scope: Scope,
): Datasets {
  const evaluated = tests.filter((test) => test.outcome !== 'ABORT');
  const assertions = evaluated.map(assertion);
  const inputFacets = {
    dataQualityAssertions: facet(scope.producer, 'DataQualityAssertionsDatasetFacet', { assertions }),
  };
  return {
    atStart: read.map((node) => datasetOf(node, scope)),
    atEnd: read.map((node) => ({
      ...datasetOf(node, scope),
      facets: datasetFacets(node, scope),
      ...(tested.includes(node) && assertions.length > 0 && { inputFacets }),
    })),
  };
}

function testFacet(tests: readonly TestExecution[], { producer }: Scope): JsonObject {
  return { test: facet(producer, 'TestRunFacet', { tests: tests.map(testItem) }) };
}

function testedIn(scope: Scope, test: ManifestNode): ManifestNode | null {
  return scope.artifacts === null ? null : testedNode(scope.artifacts.manifest, test);
}
