import { effectOf, kindOf } from '../dbt/effect.ts';
import { executes, type Unexecuted } from '../dbt/outcome.ts';
import type { InstalledPackages } from '../dbt/packages.ts';
import type { PlannedCommand } from '../dbt/plan.ts';
import { besideNotes, packageOrigin, plannedText, planningNote, quoted, resultsText } from './beside-text.ts';
import { STATUS_WORDS } from './drawing-selection.ts';
import type { EvidenceRecord } from './record.ts';
import {
  code,
  duration,
  factList,
  folded,
  note,
  prose,
  secondsBetween,
  section,
  table,
  time,
} from './report-elements.ts';
import { lines, type Markup, markup, NOTHING } from './report-markup.ts';
import { type CommandResults, commandResults, commandsNotRun, type ResultRow } from './report-results.ts';
import { freshnessTable } from './source-freshness.ts';
import { warehouseNotesHtml } from './warehouse-notes.ts';

/** More rows than this stay in run_results.json only. */
const ROW_LIMIT = 2000;
const ID_LIMIT = 100;

/** What ran: each dbt command with its results; for a run that executed nothing, what was planned. */
export function ranSection(record: EvidenceRecord): Markup {
  const results = commandResults(record);
  if (results.length > 0) {
    return section(
      'ran',
      'What ran',
      ...results.map(commandPart),
      idNote('warn', 'Did not run, since the run ended before:', commandsNotRun(record)),
      warehouseNotesHtml(record),
    );
  }
  const planned = record.facts.plan?.commands ?? [];
  const deps = planningNote(record.facts);
  return section(
    'ran',
    'What ran',
    note('info', 'No dbt command ran on data in this run.'),
    deps === null ? NOTHING : markup`${note('info', prose(deps))}${packageTable(record.facts.installed)}`,
    ...planned.map(plannedPart),
  );
}

function commandPart(results: CommandResults): Markup {
  const { invocation } = results.run;
  const seconds = secondsBetween(invocation.startedAt, invocation.finishedAt);
  return markup`<h3><code>dbt ${invocation.command.text}</code></h3>
${factList([
  [
    'Exit code',
    `${invocation.exitCode}${invocation.signal === null ? '' : ` (stopped by ${invocation.signal})`}`,
  ],
  ['Results', resultsText(results)],
  ['Planned', prose(plannedText({ ...results, nodes: results.planned }))],
  ['Began', time(invocation.startedAt)],
  ['Took', duration(seconds)],
  ['dbt invocation', code(invocation.invocationId)],
])}
${unexecutedPart(results)}${differences(results)}${idNote('info', 'Hooks of the project, outside of any selection:', results.hooks)}${besideNotes(results).map((text) => note('info', prose(text)))}${packageTable(results.run.invocation.installed)}${freshnessTable(results)}${attentionTable(results.attention)}${nodeTable(results.nodes)}${testTable(results.tests)}${idNote('info', 'dbt had nothing to do for:', results.outcome.noOp)}`;
}

/** For a command that executes nothing: that, and what it did instead. */
function unexecutedPart({ run, unexecuted, outcome }: CommandResults): Markup {
  const { name } = run.invocation.command;
  if (executes(name)) return NOTHING;
  if (effectOf(name) === 'measured')
    return note(
      'info',
      'dbt source freshness builds and tests nothing: it asks each source that has a threshold for its newest load.',
    );
  const said = note('info', prose(unexecutedText(name, unexecuted, outcome.succeeded.length)));
  if (unexecuted === null || unexecuted.nodes.length === 0) return said;
  const rows = unexecuted.nodes.slice(0, ROW_LIMIT).map((id) => ({ cells: [code(id), kindOf(id)] }));
  const title = `${unexecuted.nodes.length} nodes ${unexecuted.effect}, not executed`;
  return markup`${said}${folded(title, table(title, ['Node', 'Kind'], rows))}`;
}

/** `seeds`: how many `show` loaded. */
function unexecutedText(name: string, unexecuted: Unexecuted | null, seeds: number): string {
  const count = unexecuted?.nodes.length ?? 0;
  if (unexecuted === null) return `dbt ${name} executes no node: nothing was built or tested.`;
  if (unexecuted.effect !== 'previewed')
    return `dbt ${name} executes no node: nothing was built or tested. It ${unexecuted.effect} ${count} nodes.`;
  const loaded =
    seeds === 0 ? '' : ` It also loaded ${seeds} seeds into the warehouse, as dbt does before it shows them.`;
  return `dbt show builds and tests no node. It ran a query to preview ${count} nodes.${loaded}`;
}

/** Where the run and the plan differ. */
function differences({ run, planned, operation, outcome }: CommandResults): Markup {
  if (run.artifacts === null) {
    if (planned.length === 0) return NOTHING;
    return note(
      'warn',
      `dbt left no results of this command, so what it did to the ${planned.length} planned nodes is not known.`,
    );
  }
  const { missing, unplanned } = outcome;
  if (missing.length + unplanned.length === 0) {
    if (operation !== undefined || !executes(run.invocation.command.name)) return NOTHING;
    return note('info', 'Every planned node has a result, and no other node has one.');
  }
  return markup`${idNote('warn', 'Planned, but without a result:', missing)}${idNote('bad', `${executes(run.invocation.command.name) ? 'Ran' : 'Worked on'}, but was not planned:`, unplanned)}`;
}

function idNote(kind: 'warn' | 'bad' | 'info', title: string, ids: readonly string[]): Markup {
  if (ids.length === 0) return NOTHING;
  const shown = ids.slice(0, ID_LIMIT).flatMap((id) => [' ', code(id)].flat());
  return note(kind, [title, ...shown, ids.length > ID_LIMIT ? ` and ${ids.length - ID_LIMIT} more` : '']);
}

function attentionTable(rows: readonly ResultRow[]): Markup {
  const columns = ['Needs a look', 'Result', 'Kind', 'Failing rows', 'Took', 'Message'];
  return resultTable('Failed or with a warning', columns, rows, (row) => [
    statusOf(row),
    row.kind,
    `${row.failures ?? ''}`,
    duration(row.seconds),
    message(row),
  ]);
}

function nodeTable(rows: readonly ResultRow[]): Markup {
  const columns = ['Node', 'Result', 'Kind', 'Took', 'Message'];
  return resultTable('Models, seeds, snapshots and hooks', columns, rows, (row) => [
    statusOf(row),
    row.kind,
    duration(row.seconds),
    message(row),
  ]);
}

/** Folded, as it is long and holds no surprise: what failed is in the table above. */
function testTable(rows: readonly ResultRow[]): Markup {
  if (rows.length === 0) return NOTHING;
  const skipped = rows.filter((row) => row.status === 'skipped').length;
  const title = `${rows.length - skipped} tests passed${skipped === 0 ? '' : `, ${skipped} did not run`}`;
  const columns = ['Test', 'Result', 'Checks', 'Took'];
  const cells = (row: ResultRow) => [statusOf(row), row.checks, duration(row.seconds)];
  return folded(title, resultTable('Tests, by what they check', columns, rows, cells));
}

function resultTable(
  caption: string,
  columns: readonly string[],
  rows: readonly ResultRow[],
  cells: (row: ResultRow) => readonly (string | Markup)[],
): Markup {
  const shown = rows.slice(0, ROW_LIMIT).map((row) => ({ cells: [nameOf(row), ...cells(row)] }));
  return markup`${table(caption, columns, shown)}${restNote(rows)}`;
}

function restNote(rows: readonly ResultRow[]): Markup {
  if (rows.length <= ROW_LIMIT) return NOTHING;
  return note('info', `${rows.length - ROW_LIMIT} more rows are in run_results.json of this artifact.`);
}

function nameOf(row: ResultRow): Markup {
  return markup`<span class="name" title="${row.id}">${row.name}</span>`;
}

function statusOf(row: ResultRow): Markup {
  return markup`<span class="status ${row.status}">${STATUS_WORDS[row.status]}</span>`;
}

function message(row: ResultRow): Markup {
  return row.message === '' ? NOTHING : markup`<span class="message">${lines(row.message)}</span>`;
}

/** What `deps` installed, by the lock file and by what lies in the folder. */
function packageTable(installed: InstalledPackages | undefined): Markup {
  if (installed === undefined || installed.packages.length === 0) return NOTHING;
  const rows = installed.packages.slice(0, ROW_LIMIT).map((one) => ({
    cells: [
      code(one.name === '' ? '?' : one.name),
      packageOrigin(one),
      one.version ?? '',
      one.sha256 === undefined ? 'not known' : code(one.sha256),
    ],
  }));
  const columns = ['Package', 'From', 'Version or commit', 'SHA-256 of its files'];
  return markup`${table('Packages that deps installed', columns, rows)}`;
}

function plannedPart({ command, nodes, hooks = [], operation, selection }: PlannedCommand): Markup {
  const rows = nodes.slice(0, ROW_LIMIT).map((id) => ({ cells: [code(id), kindOf(id)] }));
  const title = markup`<h3><code>dbt ${command.text}</code></h3>`;
  const beside = 'What it reads and writes is not known.';
  if (operation !== undefined)
    return markup`${title}${note('info', prose(`This command runs the macro ${quoted(operation)}, outside of any selection. ${beside}`))}`;
  return markup`${title}
${table('Planned nodes', ['Node', 'Kind'], rows)}${nodes.length === 0 ? note('info', UNPLANNED[selection]) : NOTHING}${idNote('info', 'Hooks of the project, outside of any selection; what they read and write is not known:', hooks)}`;
}

const UNPLANNED = {
  none: 'This command touches no node.',
  resolved: 'This command touches no node.',
  deferred:
    'What this command touches depends on what an earlier line leaves. It is planned and checked when that has run, which it did not.',
};
