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
    list: async () => [],
    manifest: async () => new Uint8Array(),
    invoke: async (of) => invocation({ ...ends[at++], command: of }),
    close: async () => {},
  };
}

const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text) });

describe('execute', () => {
  it('runs in order and stops after the first command that fails', async () => {
    const runs = await execute(
      plan('seed', 'run', 'test'),
      session({}, { exitCode: 1 }, {}),
      new Map(),
      () => {},
    );
    expect(runs.map((run) => run.invocation.command.name)).toEqual(['seed', 'run']);
  });

  it('keeps what ran after each command', async () => {
    const kept: number[] = [];
    await execute(plan('seed', 'run'), session({}, {}), new Map(), (runs: readonly RunFact[]) =>
      kept.push(runs.length),
    );
    expect(kept).toEqual([1, 2]);
  });

  it('a command that the plan has run already is not run again', async () => {
    const done = invocation({ command: command('deps') });
    const planned: Plan = {
      commands: [{ command: done.command, selection: 'none', nodes: [], done }],
      hooks: [],
    };
    expect((await execute(planned, session({ exitCode: 9 }), new Map(), () => {}))[0]?.invocation).toBe(done);
  });

  it('a file that dbt did not finish leaves the run on record, without half a file', async () => {
    const files = [file('manifest.json', '{"metadata": {"invocation_id": "x"'), file('dbt.log', '')];
    const [run] = await execute(
      plan('run'),
      session({ exitCode: 137, signal: 'SIGKILL', files }),
      new Map(),
      () => {},
    );
    expect(run?.artifacts).toBeNull();
    expect(run?.invocation.files.map(({ name }) => name)).toEqual(['dbt.log']);
    expect(run?.invocation.signal).toBe('SIGKILL');
  });
});
