import type { ManifestNode } from '../dbt/artifacts.ts';
import type { Execution } from './execution.ts';
import { type JsonObject, known } from './facet.ts';
import { compiledCodeOf } from './inputs.ts';

/** A test that dbt evaluated, or tried to. */
export type TestExecution = Execution & { readonly node: ManifestNode };

/**
 * The test as an item of `dataQualityAssertions`. A test that warned, or that could not be evaluated, has not
 * succeeded; what dbt made of it is in `severity` and in the outcome of the run.
 */
export function assertion({ node, result }: TestExecution): JsonObject {
  return known({
    assertion: testType(node),
    name: node.name,
    success: hasPassed(result.status),
    column: node.test?.column ?? '',
    severity: severity(node),
    ...measured(node, result),
  });
}

/** The test as an item of the `test` run facet, which says more: the SQL that ran and its parameters. */
export function testItem({ node, result, kind }: TestExecution): JsonObject {
  const content = compiledCodeOf(result, node);
  const { model: _, ...params } = node.test?.kwargs ?? {};
  return known({
    name: node.uniqueId,
    status: result.status === 'skipped' ? 'skip' : hasPassed(result.status) ? 'pass' : 'fail',
    severity: severity(node),
    type: kind === 'unit_test' ? kind : isGeneric(node) ? testType(node) : 'singular',
    description: node.description,
    ...measured(node, result),
    content,
    contentType: content === '' ? '' : 'sql',
    params: Object.keys(params).length === 0 ? undefined : params,
  });
}

function hasPassed(status: string): boolean {
  return status === 'success' || status === 'reused';
}

/** Whether the test is an instance of a generic one. A singular test is a file of its own, and has only its name. */
export function isGeneric({ test, name }: ManifestNode): boolean {
  return test !== undefined && (test.name !== name || Object.keys(test.kwargs).length > 0);
}

/** `unique`, `not_null`, …; a singular test has only its own name. */
function testType(node: ManifestNode): string {
  return node.test === undefined || node.test.name === '' ? node.name : node.test.name;
}

function severity(node: ManifestNode): string {
  return node.test?.severity.toLowerCase() ?? '';
}

/** Failing rows against the threshold that dbt judged them by; `!= 0`, dbt's default, means none expected. */
function measured(node: ManifestNode, { failures, status }: Execution['result']) {
  if (failures === null) return {};
  const warns = status === 'warned' || severity(node) === 'warn';
  const threshold = (warns ? node.test?.warnIf : node.test?.errorIf) ?? '';
  const expected = threshold === '' || threshold.replaceAll(/\s/g, '') === '!=0' ? '0' : threshold;
  return { actual: String(failures), expected };
}
