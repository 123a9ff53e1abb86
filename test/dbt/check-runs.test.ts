import { describe, expect, it } from 'vitest';
import { checkRuns } from '../../src/dbt/check-runs.ts';
import type { RunFact } from '../../src/dbt/invocation.ts';
import type { Plan } from '../../src/dbt/plan.ts';
import { artifacts, invocation, nodeResult } from '../support/records.ts';

const COMMAND = { text: 'build', name: 'build', args: [] };
const plan = (nodes: readonly string[], selection: 'resolved' | 'none' = 'resolved'): Plan => ({
  commands: [{ command: COMMAND, selection, nodes }],
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

  it('a killed command is named with its signal', () => {
    expect(() => checkRuns([run([], { exitCode: 137, signal: 'SIGKILL' })], plan([]))).toThrow(
      expect.objectContaining({ code: 'ERR_DBT_KILLED', message: expect.stringContaining('SIGKILL') }),
    );
  });
});
