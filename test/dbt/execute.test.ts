import { describe, expect, it } from 'vitest';
import { execute } from '../../src/dbt/execute.ts';
import type { DbtInvocation, RunFact } from '../../src/dbt/invocation.ts';
import type { Plan } from '../../src/dbt/plan.ts';
import type { DbtSession } from '../../src/ports.ts';
import { ENGINE, invocation } from '../support/records.ts';

const command = (name: string) => ({ text: name, name, args: [] });
const plan = (...names: string[]): Plan => ({
  commands: names.map((name) => ({ command: command(name), selection: 'resolved', nodes: [] })),
  hooks: [],
});

/** A session whose commands end as told, in order. */
function session(...ends: readonly Partial<DbtInvocation>[]): DbtSession {
  let at = 0;
  return {
    engine: ENGINE,
    flagFiles: { project: null, user: null },
    leave: async () => null,
    list: async () => [],
    manifest: async () => new Uint8Array(),
    invoke: async (of) => invocation({ ...ends[at++], command: of }),
    close: async () => {},
  };
}

const watch = () => ({
  keep: () => {},
  planNow: () => Promise.reject(new Error('planned again')),
  planRetry: () => {
    throw new Error('planned a retry');
  },
  dropRetry: () => {},
});

const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text) });

describe('execute', () => {
  it('runs in order and stops after the first command that fails', async () => {
    const runs = await execute(
      plan('seed', 'run', 'test'),
      session({}, { exitCode: 1 }, {}),
      new Map(),
      watch(),
    );
    expect(runs.map((run) => run.invocation.command.name)).toEqual(['seed', 'run']);
  });

  it('keeps what ran after each command', async () => {
    const kept: number[] = [];
    const keep = (runs: readonly RunFact[]) => {
      kept.push(runs.length);
    };
    await execute(plan('seed', 'run'), session({}, {}), new Map(), { ...watch(), keep });
    expect(kept).toEqual([1, 2]);
  });

  it('runs a retry only after a line that failed, and what comes after it when that went well', async () => {
    const told: string[] = [];
    const planRetry = (index: number, { invocation: { command: of } }: RunFact) => {
      told.push(`retry of ${of.name} as run ${index}`);
      return true;
    };
    const dropRetry = (index: number) => {
      told.push(`no run ${index}`);
    };
    const names = async (...ends: readonly Partial<DbtInvocation>[]) => {
      const steps = plan('seed', 'retry', 'build', 'retry', 'retry', 'test');
      const runs = await execute(steps, session(...ends), new Map(), { ...watch(), planRetry, dropRetry });
      return runs.map((run) => run.invocation.command.name);
    };
    expect(await names({}, {}, {})).toEqual(['seed', 'build', 'test']);
    expect(told.splice(0)).toEqual(['no run 1', 'no run 2', 'no run 2']);
    expect(await names({}, { exitCode: 1 }, {}, {})).toEqual(['seed', 'build', 'retry', 'test']);
    expect(told.splice(0)).toEqual(['no run 1', 'retry of build as run 2', 'no run 3']);
    expect(await names({}, { exitCode: 1 }, { exitCode: 1 }, { exitCode: 1 })).toEqual([
      'seed',
      'build',
      'retry',
      'retry',
    ]);
  });

  it('stops at a failure that a retry cannot mend', async () => {
    const runs = await execute(plan('build', 'retry', 'test'), session({ exitCode: 2 }), new Map(), {
      ...watch(),
      planRetry: () => false,
    });
    expect(runs.map((run) => run.invocation.command.name)).toEqual(['build']);
  });

  it('plans a deferred command when the lines before it have run, and not before', async () => {
    const order: string[] = [];
    const planned: Plan = {
      commands: [
        { command: command('source freshness'), selection: 'resolved', nodes: [] },
        { command: command('build'), selection: 'deferred', nodes: [], deferred: true },
      ],
      hooks: [],
    };
    const planNow = async (index: number) => {
      order.push(`plan ${index}`);
    };
    const keep = (runs: readonly RunFact[]) => {
      order.push(`ran ${runs.at(-1)?.invocation.command.name}`);
    };
    await execute(planned, session({}, {}), new Map(), { ...watch(), keep, planNow });
    expect(order).toEqual(['ran source freshness', 'plan 1', 'ran build']);
    const refused = () => Promise.reject(new Error('refused'));
    order.length = 0;
    const running = execute(planned, session({}, {}), new Map(), { ...watch(), keep, planNow: refused });
    await expect(running).rejects.toThrow('refused');
    expect(order).toEqual(['ran source freshness']);
  });

  it('a command that the plan has run already is not run again', async () => {
    const done = invocation({ command: command('deps') });
    const planned: Plan = {
      commands: [{ command: done.command, selection: 'none', nodes: [], done }],
      hooks: [],
    };
    expect((await execute(planned, session({ exitCode: 9 }), new Map(), watch()))[0]?.invocation).toBe(done);
  });

  it('a file that dbt did not finish leaves the run on record, without half a file', async () => {
    const files = [file('manifest.json', '{"metadata": {"invocation_id": "x"'), file('dbt.log', '')];
    const [run] = await execute(
      plan('run'),
      session({ exitCode: 137, signal: 'SIGKILL', files }),
      new Map(),
      watch(),
    );
    expect(run?.artifacts).toBeNull();
    expect(run?.invocation.files.map(({ name }) => name)).toEqual(['dbt.log']);
    expect(run?.invocation.signal).toBe('SIGKILL');
  });
});
