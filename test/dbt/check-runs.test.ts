import { describe, expect, it } from 'vitest';
import { checkRuns } from '../../src/dbt/check-runs.ts';
import type { RunFact } from '../../src/dbt/invocation.ts';
import type { Plan } from '../../src/dbt/plan.ts';
import { artifacts, invocation, nodeResult } from '../support/records.ts';

const COMMAND = { text: 'build', name: 'build', args: [] };
const plan = (nodes: readonly string[], selection: 'resolved' | 'none' = 'resolved'): Plan => ({
  commands: [{ command: COMMAND, selection, nodes, hooks: ['operation.shop.on-run-end-0'] }],
  hooks: ['operation.shop.on-run-end-0'],
});
const run = (ids: readonly string[], of: Partial<RunFact['invocation']> = {}): RunFact => ({
  invocation: { ...invocation({ command: COMMAND, ...of }) },
  artifacts: artifacts(ids.map((id) => nodeResult(id))),
});

describe('whether what ran is what was planned', () => {
  it('a run of exactly the plan and the project’s hooks is good', () => {
    expect(() =>
      checkRuns([run(['model.shop.a', 'operation.shop.on-run-end-0'])], plan(['model.shop.a'])),
    ).not.toThrow();
  });

  it('D08 a node outside of the plan is a mismatch and is named', () => {
    expect(() => checkRuns([run(['model.shop.a', 'model.shop.b'])], plan(['model.shop.a']))).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_RUN_MISMATCH',
        message: expect.stringContaining('model.shop.b'),
      }),
    );
  });

  it('D08 a command that ended well without artifacts is a mismatch', () => {
    const silent = { ...run([]), artifacts: null };
    expect(() => checkRuns([silent], plan(['model.shop.a']))).toThrow(
      expect.objectContaining({ code: 'ERR_DBT_RUN_MISMATCH' }),
    );
    expect(() => checkRuns([silent], plan([], 'none'))).not.toThrow();
  });

  it('a failed command is named with its code and its failing nodes', () => {
    const bad = {
      ...run([], { exitCode: 1 }),
      artifacts: artifacts([nodeResult('model.shop.a', { status: 'failed' })]),
    };
    expect(() => checkRuns([bad], plan(['model.shop.a']))).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_FAILED',
        message: expect.stringMatching(/exit code 1.*model\.shop\.a/),
      }),
    );
  });

  it('FF-A3 never says that no node ran, which it cannot know', () => {
    for (const silent of [run([], { exitCode: 2 }), { ...run([], { exitCode: 2 }), artifacts: null }])
      expect(() => checkRuns([silent], plan(['model.shop.a']))).toThrow(
        expect.objectContaining({
          message: 'dbt build ended with exit code 2 and left no result of any node',
          hint: expect.stringContaining('have no message of a node'),
        }),
      );
    expect(() => checkRuns([run(['model.shop.a'], { exitCode: 1 })], plan(['model.shop.a']))).toThrow(
      /exit code 1; none of the 1 nodes with a result failed/,
    );
  });

  it('FF-A1 D08 a command that executes nothing must keep to its plan too', () => {
    const compile = { text: 'compile', name: 'compile', args: [] };
    const compiled: RunFact = {
      invocation: invocation({ command: compile }),
      artifacts: artifacts([nodeResult('model.shop.b')], 'compile'),
    };
    expect(() =>
      checkRuns([compiled], {
        commands: [{ command: compile, selection: 'resolved', nodes: ['model.shop.a'] }],
        hooks: [],
      }),
    ).toThrow(expect.objectContaining({ message: expect.stringContaining('worked on model.shop.b') }));
  });

  it('a killed command is named with its signal', () => {
    expect(() => checkRuns([run([], { exitCode: 137, signal: 'SIGKILL' })], plan([]))).toThrow(
      expect.objectContaining({ code: 'ERR_DBT_KILLED', message: expect.stringContaining('SIGKILL') }),
    );
  });
});
