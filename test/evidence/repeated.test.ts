import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkStatus } from '../../src/evidence/consistency.ts';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import { artifacts, invocation, nodeResult, succeededRecord } from '../support/records.ts';

const BUILD = { text: 'build', name: 'build', args: [] };
const RETRY = { text: 'retry', name: 'retry', args: [] };

/** The record of a line with one failed model, and of its retry. */
function repeatedRecord(retry: 'success' | 'failed') {
  const record = succeededRecord();
  const run = (command: typeof BUILD, exitCode: number, status: 'success' | 'failed') => ({
    invocation: invocation({ command, exitCode }),
    artifacts: artifacts([
      nodeResult('model.shop.a', { status, raw: status === 'failed' ? 'error' : status }),
    ]),
  });
  const nodes = ['model.shop.a'];
  record.keep('plan', {
    commands: [BUILD, RETRY].map((command) => ({ command, selection: 'resolved', nodes })),
    hooks: [],
  });
  record.keep('runs', [run(BUILD, 1, 'failed'), run(RETRY, retry === 'failed' ? 1 : 0, retry)]);
  return record;
}

describe('the record of a line that was repeated', () => {
  it('has both, and the exit code of the retry', () => {
    const predicate = buildPredicate(repeatedRecord('success'));
    expect(predicate.dbt?.exitCode).toBe(0);
    expect(predicate.dbt?.invocations.map(({ exitCode, repeats }) => [exitCode, repeats])).toEqual([
      [1, undefined],
      [0, true],
    ]);
    expect(checkStatus(predicate)).toContain('succeeded');
    expect(buildPredicate(repeatedRecord('failed')).dbt?.exitCode).toBe(1);
  });

  type Invocation = NonNullable<DbtRunPredicate['dbt']>['invocations'][number];
  const without = ({ repeats, ...rest }: Invocation): Invocation => rest;
  const having = (one: Invocation, nodes: Partial<Invocation['nodes']>): Invocation => ({
    ...one,
    nodes: { ...one.nodes, succeeded: [], ...nodes },
  });
  const same = (one: Invocation) => one;

  it.each<[string, (build: Invocation) => Invocation, (retry: Invocation) => Invocation]>([
    ['is no retry', same, without],
    ['did not run what had failed', same, (retry) => having(retry, {})],
    ['was only to run it', same, (retry) => having(retry, { missing: ['model.shop.a'] })],
    ['follows a line that was stopped', (build) => ({ ...build, exitCode: 130 }), same],
    ['failed as well', same, (retry) => ({ ...retry, exitCode: 1 })],
  ])('is no success when the second command %s', (_, first, second) => {
    const predicate = buildPredicate(repeatedRecord('success'));
    const [build, retry] = predicate.dbt?.invocations ?? [];
    if (predicate.dbt === undefined || build === undefined || retry === undefined) throw new Error('no dbt');
    const dbt = { ...predicate.dbt, invocations: [first(build), second(retry)] };
    expect(() => checkStatus({ ...predicate, dbt })).toThrow('contradicts');
  });
});
