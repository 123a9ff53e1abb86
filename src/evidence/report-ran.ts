import type { PlannedCommand } from '../dbt/plan.ts';
import { STATUS_WORDS } from './drawing-selection.ts';
import type { EvidenceRecord } from './record.ts';
import {
  code,
  duration,
  factList,
  folded,
  note,
  secondsBetween,
  section,
  table,
  time,
} from './report-elements.ts';
import { lines, type Markup, markup, NOTHING } from './report-markup.ts';
import { type CommandResults, commandResults, countsText, type ResultRow } from './report-results.ts';
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
      warehouseNotesHtml(record),
      hooksNote(record),
    );
  }
  const planned = record.facts.plan?.commands ?? [];
  return section(
    'ran',
    'What ran',
    note('info', 'No dbt command ran on data in this run.'),
    ...planned.map(plannedPart),
    hooksNote(record),
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
  ['Results', countsText(results)],
  ['Planned', `${results.planned.length} nodes`],
  ['Began', time(invocation.startedAt)],
  ['Took', duration(seconds)],
  ['dbt invocation', code(invocation.invocationId)],
])}
${differences(results)}${attentionTable(results.attention)}${nodeTable(results.nodes)}${testTable(results.tests)}`;
}

/** Where the run and the plan differ; silence here means that they agree. */
function differences({ run, planned, outcome }: CommandResults): Markup {
  if (run.artifacts === null) {
    return note(
      'warn',
      `dbt left no results of this command, so what it did to the ${planned.length} planned nodes is not known.`,
    );
  }
  const { missing, unplanned } = outcome;
  if (missing.length + unplanned.length === 0) {
    return note('info', 'Every planned node has a result, and nothing outside the plan ran.');
  }
  return markup`${idNote('warn', 'Planned, but without a result:', missing)}${idNote('bad', 'Ran, but was not planned:', unplanned)}`;
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
  return resultTable('Models, seeds and snapshots', columns, rows, (row) => [
    statusOf(row),
    row.kind,
    duration(row.seconds),
    message(row),
  ]);
}

/** Folded, as it is long and holds no surprise: what failed is in the table above. */
function testTable(rows: readonly ResultRow[]): Markup {
  if (rows.length === 0) return NOTHING;
  const title = `${rows.length} tests without a finding`;
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

function plannedPart(planned: PlannedCommand): Markup {
  const ids = planned.nodes.slice(0, ROW_LIMIT);
  return markup`<h3><code>dbt ${planned.command.text}</code></h3>
${table(
  'Planned nodes',
  ['Node', 'Kind'],
  ids.map((id) => ({ cells: [code(id), id.split('.')[0] ?? ''] })),
)}${planned.nodes.length === 0 ? note('info', 'This command touches no node.') : NOTHING}`;
}

function hooksNote({ facts: { plan } }: EvidenceRecord): Markup {
  return idNote('info', 'Hooks of the project, outside any selection:', plan?.hooks ?? []);
}
