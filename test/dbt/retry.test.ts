import { describe, expect, it } from 'vitest';
import { checkRuns } from '../../src/dbt/check-runs.ts';
import type { RunFact } from '../../src/dbt/invocation.ts';
import { planRetry, repeated, standing, withoutRetry } from '../../src/dbt/retry.ts';
import { artifacts, invocation, nodeResult } from '../support/records.ts';

const HOOK = 'operation.shop.shop-on-run-end-0';
const BUILD = { text: 'build', name: 'build', args: [] };
const RETRY = { text: 'retry', name: 'retry', args: [] };
const PLANNED = { command: BUILD, selection: 'resolved', nodes: [], hooks: [HOOK] } as const;

/** A run with these results, by dbt's own words. */
function ran(words: Readonly<Record<string, string>>, change: Partial<RunFact['invocation']> = {}): RunFact {
  const results = Object.entries(words).map(([id, raw]) =>
    nodeResult(id, { raw, status: ['success', 'pass'].includes(raw) ? 'success' : 'failed' }),
  );
  return {
    invocation: invocation({ command: BUILD, exitCode: 1, ...change }),
    artifacts: artifacts(results),
  };
}

describe('what retry repeats of a line that failed', () => {
  it('is what dbt takes: errors, failures, skipped ones, and models of which only a part was written', () => {
    const words = {
      'model.shop.a': 'success',
      'model.shop.b': 'error',
      'test.shop.c': 'fail',
      'model.shop.d': 'skipped',
      'test.shop.e': 'runtime error',
      'model.shop.f': 'partial success',
      'test.shop.g': 'warn',
      'test.shop.h': 'pass',
      'exposure.shop.i': 'no-op',
      [HOOK]: 'error',
    };
    expect(repeated(ran(words), PLANNED)).toEqual({
      nodes: ['model.shop.b', 'test.shop.c', 'model.shop.d', 'test.shop.e', 'model.shop.f'],
      hooks: [HOOK],
    });
  });

  it('is the macro of a run-operation', () => {
    const planned = { ...PLANNED, command: { ...BUILD, name: 'run-operation' }, operation: 'grant_it' };
    expect(repeated(ran({ 'macro.shop.grant_it': 'error' }), planned)).toEqual({
      nodes: [],
      operation: 'grant_it',
    });
  });

  it.each([
    ['only a hook failed: dbt would find nothing to do, and call that a success', ran({ [HOOK]: 'error' })],
    ['dbt ended before it ran anything', { ...ran({}), artifacts: null }],
    ['dbt could not be used', ran({ 'model.shop.a': 'error' }, { exitCode: 2 })],
    ['dbt was stopped', ran({ 'model.shop.a': 'skipped' }, { exitCode: 130, signal: 'SIGINT' })],
  ])('is nothing when %s', (_, run) => {
    expect(repeated(run, PLANNED)).toBeNull();
  });
});

describe('the plan of a retry', () => {
  const waiting = { command: RETRY, selection: 'deferred', nodes: [], deferred: true } as const;
  const before = { hooks: [HOOK], commands: [PLANNED, waiting] };

  it('is made of the results of the line before it', () => {
    expect(planRetry(before, 1, ran({ 'model.shop.a': 'error', 'model.shop.b': 'success' }))).toEqual({
      hooks: [HOOK],
      commands: [
        PLANNED,
        { command: RETRY, selection: 'resolved', deferred: true, nodes: ['model.shop.a'], hooks: [HOOK] },
      ],
    });
    expect(planRetry(before, 1, ran({ [HOOK]: 'error' }))).toBeNull();
  });

  it('goes, and leaves a word, when that line did not fail', () => {
    expect(withoutRetry(before, 1)).toEqual({
      hooks: [HOOK],
      commands: [{ ...PLANNED, retry: 'not needed' }],
    });
  });
});

describe('a line that was repeated', () => {
  const failed = ran({ 'model.shop.a': 'error' });
  const mended = ran({ 'model.shop.a': 'success' }, { command: RETRY, exitCode: 0 });
  const again = ran({ 'model.shop.a': 'error' }, { command: RETRY });
  const plan = (count: number) => ({
    hooks: [],
    commands: [BUILD, RETRY, RETRY]
      .slice(0, count)
      .map((command) => ({ command, selection: 'resolved' as const, nodes: ['model.shop.a'] })),
  });

  it('counts by its last retry', () => {
    expect(standing([failed, mended])).toEqual([mended]);
    expect(standing([failed, again, mended])).toEqual([mended]);
    expect(standing([failed])).toEqual([failed]);
    expect(() => checkRuns([failed, mended], plan(2))).not.toThrow();
    expect(() => checkRuns([failed, again, mended], plan(3))).not.toThrow();
    expect(() => checkRuns([failed, again], plan(2))).toThrow(
      expect.objectContaining({ code: 'ERR_DBT_FAILED', message: expect.stringContaining('dbt retry') }),
    );
  });

  it('must have done what was planned all the same, and so must the retry', () => {
    const stray = ran(
      { 'model.shop.a': 'success', 'model.shop.b': 'success' },
      { command: RETRY, exitCode: 0 },
    );
    expect(() => checkRuns([failed, stray], plan(2))).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_RUN_MISMATCH',
        message: expect.stringContaining('model.shop.b'),
      }),
    );
    const both = ran({ 'model.shop.a': 'error', 'model.shop.b': 'success' });
    expect(() => checkRuns([both, mended], plan(2))).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_RUN_MISMATCH',
        message: expect.stringContaining('model.shop.b'),
      }),
    );
  });
});
