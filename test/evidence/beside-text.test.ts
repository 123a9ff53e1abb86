import { describe, expect, it } from 'vitest';
import type { NodeResult } from '../../src/dbt/artifacts.ts';
import type { DbtInvocation } from '../../src/dbt/invocation.ts';
import type { PlannedCommand } from '../../src/dbt/plan.ts';
import { besideNotes, plannedText, resultsText } from '../../src/evidence/beside-text.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { commandResults } from '../../src/evidence/report-results.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import { artifacts, invocation, manifestNode, nodeResult, succeededRecord } from '../support/records.ts';

const HOOKS = ['start-0', 'start-1', 'end-0'].map((name) => `operation.shop.shop-on-run-${name}`);
const NODES = ['model.shop.one', 'model.shop.two'];

/** The record of a run of one command. */
function recordOf(
  name: string,
  planned: Partial<PlannedCommand>,
  results: readonly NodeResult[] | null,
  change: Partial<DbtInvocation> = {},
) {
  const command = { text: name, name, args: [] };
  const { hooks = [] } = planned;
  const record = succeededRecord();
  record.keep('lineage', { nodes: [], edges: [] });
  record.keep('plan', { commands: [{ command, selection: 'none', nodes: [], ...planned }], hooks });
  record.keep('runs', [
    {
      invocation: invocation({ command, ...change }),
      artifacts: results === null ? null : artifacts(results, name),
    },
  ]);
  return record;
}

function words(...args: Parameters<typeof recordOf>) {
  const record = recordOf(...args);
  const [results] = commandResults(record);
  if (results === undefined) throw new Error('no command ran');
  return {
    planned: plannedText({ ...results, nodes: results.planned }),
    results: resultsText(results),
    notes: besideNotes(results),
    report: renderReport(record),
    summary: renderSummary(record),
  };
}

describe('hooks of the project (FF-A4)', () => {
  const planned = { selection: 'resolved', nodes: NODES, hooks: HOOKS } as const;

  it('are counted apart from nodes, and what they touched is not known', () => {
    const { notes, report, summary, ...counts } = words(
      'build',
      planned,
      [...HOOKS, ...NODES].map((id) => nodeResult(id)),
    );
    expect(counts).toEqual({ planned: '2 nodes and 3 hooks', results: '5 succeeded, of these 3 hooks' });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/3 hooks .* outside of any selection.* not known/);
    for (const page of [report, summary]) {
      expect(page).toContain('2 nodes and 3 hooks');
      expect(page).toContain(notes[0]);
      expect(page).not.toContain('nothing outside the plan ran');
      expect(page).not.toContain('Plan and run differ');
    }
  });

  it('that a failed one kept from running have not run', () => {
    const { notes } = words('build', planned, [
      nodeResult(HOOKS[0] ?? '', { status: 'failed', raw: 'error' }),
      nodeResult(HOOKS[1] ?? '', { status: 'skipped', raw: 'skipped' }),
    ]);
    expect(notes[0]).toMatch(/^1 hook /);
  });

  it('of a node are told apart, and what they touched is not known', () => {
    const record = recordOf(
      'run',
      { selection: 'resolved', nodes: NODES },
      NODES.map((id) => nodeResult(id)),
    );
    const [run] = record.known('runs');
    const hooked = {
      ...manifestNode(NODES[0] ?? ''),
      config: { 'post-hook': [{ sql: 'select 1' }], 'pre-hook': [] },
    };
    if (run?.artifacts == null) throw new Error('no run');
    const manifest = { ...run.artifacts.manifest, nodes: new Map([[hooked.uniqueId, hooked]]) };
    record.keep('runs', [{ ...run, artifacts: { ...run.artifacts, manifest } }]);
    const [results] = commandResults(record);
    const notes = results === undefined ? [] : besideNotes(results);
    expect(notes).toEqual([expect.stringMatching(/^1 node .*hooks of its own.* not known/)]);
    expect(renderReport(record)).toContain(notes[0]);
    expect(buildPredicate(record).dbt?.invocations[0]?.nodesWithHooks).toEqual([NODES[0]]);
  });

  it('FF-A6 a deps that only the plan needed is told, with what it installed', () => {
    const record = recordOf('build', { selection: 'resolved', nodes: NODES }, null);
    record.keep('runs', []);
    expect(renderSummary(record)).not.toContain('deps');
    const packages = [
      { name: 'utils', kind: 'hub', from: 'dbt-labs/utils', version: '1.3.0', sha256: 'a'.repeat(64) },
    ] as const;
    record.keep('installed', { lockSha256: 'b'.repeat(64), packages });
    for (const page of [renderSummary(record), renderReport(record)]) {
      expect(page).toContain('without a credential');
      expect(page).toContain('utils');
    }
  });

  it('of source freshness have no results: whether they ran is not known', () => {
    const { notes } = words('source freshness', planned, []);
    expect(notes).toEqual([expect.stringMatching(/whether hooks .*3 planned.* not known/)]);
  });

  it('of a dry run are listed, and nothing is said to have run', () => {
    const record = recordOf('build', planned, []);
    record.keep('runs', []);
    const report = renderReport(record);
    for (const hook of HOOKS) expect(report).toContain(hook);
    expect(renderSummary(record)).toContain('2 nodes and 3 hooks');
  });

  it('that the project does not have are not spoken of', () => {
    expect(
      words(
        'build',
        { selection: 'resolved', nodes: NODES },
        NODES.map((id) => nodeResult(id)),
      ),
    ).toMatchObject({
      planned: '2 nodes',
      results: '2 succeeded',
      notes: [],
    });
  });
});

describe('run-operation (FF-A5)', () => {
  const planned = { operation: 'grant_it' };

  it('runs what was planned, and what the macro did is not known', () => {
    const {
      notes,
      report,
      summary,
      planned: plan,
    } = words('run-operation', planned, [nodeResult('macro.shop.grant_it')]);
    expect(plan).toBe('the macro `grant_it`');
    expect(notes).toEqual([expect.stringMatching(/ran the macro `grant_it`.* not known/)]);
    expect(summary).not.toContain('Plan and run differ');
    expect(report).not.toContain('was not planned');
    expect(report).not.toContain('Every planned node');
    expect(report).toMatch(
      /no lineage to draw\. What the hooks or the macro that ran read and wrote is not known/,
    );
  });

  it('without a result is not said to have run', () => {
    expect(words('run-operation', planned, null).notes).toEqual([
      expect.stringMatching(/whether it ran.* not known/),
    ]);
  });
});

describe('deps (FF-A6)', () => {
  it('shows the packages with version and content, and speaks of no planned nodes', () => {
    const installed = {
      folder: 'dbt_packages',
      packages: [
        {
          name: 'dbt_utils',
          kind: 'hub',
          from: 'dbt-labs/dbt_utils',
          version: '1.3.0',
          sha256: 'c'.repeat(64),
        },
        { name: 'stray', sha256: 'd'.repeat(64) },
      ],
    } as const;
    const { results, notes, report, summary } = words('deps', {}, null, { installed });
    expect(results).toBe('2 packages installed');
    expect(notes).toEqual([]);
    expect(summary).toContain('| no nodes | 2 packages installed |');
    expect(summary).toContain('installed `dbt_utils` (1.3.0), `stray` (not in package-lock.yml)');
    for (const text of ['dbt_utils', '1.3.0', 'c'.repeat(64), 'not in package-lock.yml'])
      expect(report).toContain(text);
    expect(report).not.toContain('what it did to');
  });
});

describe('clone', () => {
  it('tells what it cloned from what it left as found', () => {
    const { notes } = words('clone', { selection: 'resolved', nodes: NODES }, [
      nodeResult(NODES[0] ?? '', { message: 'OK' }),
      nodeResult(NODES[1] ?? '', { message: 'No-op' }),
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/ran no model.* 1 node a clone/),
      expect.stringMatching(/left 1 node as found/),
    ]);
  });
});
