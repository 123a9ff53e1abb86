import { describe, expect, it } from 'vitest';
import type { DbtCommand } from '../../src/dbt/command.ts';
import { parseCommands } from '../../src/dbt/command.ts';
import { emptySelections, planCommands, planDeferred } from '../../src/dbt/plan.ts';
import type { DbtSession } from '../../src/ports.ts';
import { bytes } from '../support/evidence.ts';
import { ENGINE, invocation } from '../support/records.ts';

function fakeSession(exitCode = 0): DbtSession & { readonly calls: readonly string[] } {
  const calls: string[] = [];
  const call = <T>(name: string, command: DbtCommand, result: T) => {
    calls.push(`${name} ${command.text}`);
    return Promise.resolve(result);
  };
  return {
    calls,
    engine: ENGINE,
    flagFiles: { project: null, user: null },
    leave: async () => null,
    list: (command) => call('list', command, [`model.p.${command.name}`]),
    manifest: () => Promise.resolve(bytes('{"nodes": {"operation.p.hook-0": {}, "model.p.build": {}}}')),
    invoke: (command, credentials) =>
      call(`invoke[${credentials.size}]`, command, invocation({ command, exitCode })),
    close: () => Promise.resolve(),
  };
}

describe('planCommands', () => {
  it('D04 asks dbt for the nodes of each command that selects, and names the hooks', async () => {
    const session = fakeSession();
    const plan = await planCommands(parseCommands('build -s x\nparse\ntest'), session);
    expect(plan.commands.map(({ selection, nodes }) => [selection, ...nodes])).toEqual([
      ['resolved', 'model.p.build'],
      ['none'],
      ['resolved', 'model.p.test'],
    ]);
    expect(plan.hooks).toEqual(['operation.p.hook-0']);
    expect(session.calls).toEqual(['list build -s x', 'list test']);
  });

  it('FF-A4 plans hooks for commands that dbt runs them around, and for no other', async () => {
    const commands = [
      'build',
      'run',
      'test',
      'seed',
      'snapshot',
      'source freshness',
      'compile',
      'docs generate',
    ];
    const plan = await planCommands(parseCommands([...commands, 'show', 'clone'].join('\n')), fakeSession());
    const around = plan.commands.filter(({ hooks }) => hooks !== undefined);
    expect(around.map(({ command }) => command.name)).toEqual(commands.slice(0, 6));
    expect(around.every(({ hooks }) => hooks?.join() === 'operation.p.hook-0')).toBe(true);
  });

  it('FF-A4 plans no hook around an empty selection: dbt runs none', async () => {
    const session = { ...fakeSession(), list: async () => [] };
    expect(await planCommands(parseCommands('build'), session)).toMatchObject({
      commands: [{ nodes: [] }],
      hooks: [],
    });
  });

  it.each([
    ['run-operation grant_it', 'grant_it'],
    [`run-operation --args '{who: x}' utils.grant_it`, 'utils.grant_it'],
    [`run-operation --debug grant_it --args '{who: x}'`, 'grant_it'],
  ])('FF-A5 plans the macro of %s', async (text, operation) => {
    const plan = await planCommands(parseCommands(text), fakeSession());
    expect(plan).toMatchObject({ commands: [{ selection: 'none', nodes: [], operation }], hooks: [] });
  });

  it('FF-A6 tells what deps installed at once, also when the next command cannot be planned', async () => {
    const installed = { packages: [{ name: 'utils' }] };
    const all = fakeSession();
    const session: DbtSession = {
      ...all,
      list: () => Promise.reject(new Error('no such selector')),
      invoke: async (command, credentials) => ({ ...(await all.invoke(command, credentials)), installed }),
    };
    const heard: unknown[] = [];
    const planning = planCommands(parseCommands('deps\nbuild'), session, (packages) => heard.push(packages));
    await expect(planning).rejects.toThrow('no such selector');
    expect(heard).toEqual([installed]);
  });

  it('runs deps at once, without a credential, since later commands cannot be planned without it', async () => {
    const session = fakeSession();
    const plan = await planCommands(parseCommands('deps\nbuild'), session);
    expect(session.calls).toEqual(['invoke[0] deps', 'list build']);
    expect(plan.commands[0]?.done?.command.name).toBe('deps');
  });

  it('stops when deps fails', async () => {
    const session = fakeSession(2);
    await expect(planCommands(parseCommands('deps\nbuild'), session)).rejects.toMatchObject({
      code: 'ERR_DBT_PLAN_FAILED',
    });
    expect(session.calls).toEqual(['invoke[0] deps']);
  });

  it('parses nothing for commands that touch no node', async () => {
    const session = { ...fakeSession(), manifest: () => Promise.reject(new Error('parsed')) };
    expect(await planCommands(parseCommands('ls'), session)).toMatchObject({ hooks: [] });
  });
});

describe('a command that depends on an earlier one', () => {
  const LINES = 'source freshness\nbuild -s source_status:fresher+ --state prev\ntest';

  it('FF-A3 is left for later, and planned then as any other', async () => {
    const session = fakeSession();
    const plan = await planCommands(parseCommands(LINES), session);
    expect(plan.commands.map(({ selection, nodes }) => [selection, ...nodes])).toEqual([
      ['resolved', 'model.p.source freshness'],
      ['deferred'],
      ['resolved', 'model.p.test'],
    ]);
    const { commands } = await planDeferred(plan, 1, session);
    expect(commands[1]).toMatchObject({
      selection: 'resolved',
      nodes: ['model.p.build'],
      hooks: plan.hooks,
      deferred: true,
    });
    expect([commands[0], commands[2]]).toEqual([plan.commands[0], plan.commands[2]]);
    expect(session.calls.at(-1)).toMatch(/^list build/);
  });

  it('is no misspelt selection when it then selects nothing', () => {
    const [command] = parseCommands('build');
    if (command === undefined) throw new Error('no command');
    const nothing = { command, selection: 'resolved', nodes: [] } as const;
    expect(emptySelections({ commands: [nothing], hooks: [] })).toEqual(['build']);
    expect(emptySelections({ commands: [{ ...nothing, deferred: true }], hooks: [] })).toEqual([]);
  });
});

describe('emptySelections', () => {
  it('names the commands that select and match no node, and no other', async () => {
    const all = fakeSession();
    const session = {
      ...all,
      list: async (command: DbtCommand) => (command.text === 'test' ? ['test.p.a'] : []),
    };
    const plan = await planCommands(parseCommands('deps\nbuild --select x\nparse\ntest'), session);
    expect(emptySelections(plan)).toEqual(['build --select x']);
  });
});
