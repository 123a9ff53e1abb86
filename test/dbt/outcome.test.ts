import { describe, expect, it } from 'vitest';
import { DBT_COMMANDS } from '../../src/dbt/command.ts';
import { effectOf } from '../../src/dbt/effect.ts';
import type { RunFact } from '../../src/dbt/invocation.ts';
import { executes, invocationNodes, unexecutedNodes } from '../../src/dbt/outcome.ts';
import { readRunResults } from '../../src/dbt/read-artifacts.ts';
import { bytes } from '../support/evidence.ts';
import { artifacts, invocation, nodeResult } from '../support/records.ts';

const MODEL = 'model.shop.a';
const SEED = 'seed.shop.s';

/** What dbt leaves of a command: a row with `success` for each node, whatever it did with it. */
function ran(name: string, ids: readonly string[], which = name): RunFact {
  return {
    invocation: invocation({ command: { text: name, name, args: [] } }),
    artifacts: artifacts(
      ids.map((id) => nodeResult(id)),
      which,
    ),
  };
}

describe('what a command did with its nodes', () => {
  it('FF-A1 every command is one that executes nodes, or is known to do something else with them', () => {
    const executing = DBT_COMMANDS.filter(executes);
    expect(executing).toEqual(
      expect.arrayContaining(['build', 'clone', 'run', 'run-operation', 'seed', 'snapshot', 'test']),
    );
    for (const name of ['compile', 'docs generate', 'show', 'source freshness', 'deps', 'parse', 'ls'])
      expect(executing).not.toContain(name);
  });

  it.each([
    ['compile', 'compile', 'compiled'],
    ['docs generate', 'generate', 'documented'],
    ['show', 'show', 'previewed'],
  ] as const)('FF-A1 %s has no results, whatever dbt wrote: its nodes were %s', (name, which, effect) => {
    const run = ran(name, [MODEL, 'test.shop.t', 'snapshot.shop.p'], which);
    expect(invocationNodes(run, { nodes: [MODEL, 'model.shop.planned'] })).toEqual({
      succeeded: [],
      failed: [],
      warned: [],
      skipped: [],
      noOp: [],
      reused: [],
      unplanned: ['snapshot.shop.p', 'test.shop.t'],
      missing: [],
    });
    expect(unexecutedNodes(run)).toEqual({ effect, nodes: [MODEL, 'snapshot.shop.p', 'test.shop.t'] });
  });

  it('FF-A1 show loads a seed to show it, which is an execution', () => {
    const run = ran('show', [MODEL, SEED]);
    expect(invocationNodes(run, { nodes: [MODEL, SEED] }).succeeded).toEqual([SEED]);
    expect(unexecutedNodes(run)).toEqual({ effect: 'previewed', nodes: [MODEL] });
    expect(effectOf('show', 'snapshot')).toBe('previewed');
  });

  it('FF-A1 docs without compiling leave a catalog alone', () => {
    const columns = { uniqueId: MODEL, columns: [], stats: new Map() };
    const run = ran('docs generate', []);
    const catalog = { invocationId: '', tables: new Map([[MODEL, columns]]) };
    const artifactsOf = run.artifacts && { ...run.artifacts, runResults: null, catalog };
    expect(unexecutedNodes({ ...run, artifacts: artifactsOf })).toEqual({
      effect: 'documented',
      nodes: [MODEL],
    });
  });

  it('FF-A1 parse, ls and deps work on no node', () => {
    for (const name of ['parse', 'ls', 'deps']) expect(unexecutedNodes(ran(name, []))).toBeNull();
  });

  it('FF-A1 rows of a command that dbt does not name are no results', () => {
    const rows = [{ unique_id: MODEL, status: 'success' }];
    expect(readRunResults(bytes(JSON.stringify({ results: rows, args: {} })))).toMatchObject({
      results: [],
      unexecuted: [MODEL],
    });
  });

  it('FF-A4 a hook is planned for a command that runs it; one that only compiles compiles it too', () => {
    const hook = 'operation.shop.shop-on-run-start-0';
    expect(invocationNodes(ran('build', [hook, MODEL]), { nodes: [MODEL], hooks: [hook] }).unplanned).toEqual(
      [],
    );
    expect(invocationNodes(ran('build', [hook, MODEL]), { nodes: [MODEL] }).unplanned).toEqual([hook]);
    expect(invocationNodes(ran('compile', [hook, MODEL]), { nodes: [MODEL] }).unplanned).toEqual([]);
  });

  it.each([
    ['grant_it', 'macro.shop.grant_it', []],
    ['shop.grant_it', 'macro.shop.grant_it', []],
    ['grant_it', 'macro.utils.grant_it', []],
    ['utils.grant_it', 'macro.shop.grant_it', ['macro.shop.grant_it']],
    ['it', 'macro.shop.grant_it', ['macro.shop.grant_it']],
    ['grant_it', 'model.shop.grant_it', ['model.shop.grant_it']],
  ])('FF-A5 run-operation %s that ran %s differs from the plan in %j', (operation, id, unplanned) => {
    const run = ran('run-operation', [id]);
    expect(invocationNodes(run, { nodes: [], operation })).toMatchObject({ succeeded: [id], unplanned });
  });

  it('FF-A7 no-op and reused are counted apart from what succeeded', () => {
    const run = {
      ...ran('build', []),
      artifacts: artifacts([
        nodeResult(MODEL),
        nodeResult('exposure.shop.board', { status: 'no-op', raw: 'no-op' }),
        nodeResult('model.shop.same', { status: 'reused', raw: 'reused' }),
      ]),
    };
    expect(invocationNodes(run, undefined)).toMatchObject({
      succeeded: [MODEL],
      noOp: ['exposure.shop.board'],
      reused: ['model.shop.same'],
    });
  });
});
