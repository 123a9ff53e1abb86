import { prose } from '../policy/explain.ts';
import { markdownCode } from '../untrusted.ts';
import { besideNotes, packageNotes, plannedText, planningNote, resultsText } from './beside-text.ts';
import { STATUS_WORDS } from './drawing-selection.ts';
import type { EvidenceRecord } from './record.ts';
import { duration } from './report-elements.ts';
import { type CommandResults, commandResults, commandsNotRun, type ResultRow } from './report-results.ts';
import { freshnessMarkdown } from './source-freshness.ts';
import { warehouseNotesMarkdown } from './warehouse-notes.ts';

/** Failing nodes shown; the report has the rest. */
const ATTENTION_LIMIT = 20;
const COMMAND_LIMIT = 20;

/** What each dbt command did, failing nodes with their messages; or what was planned, when nothing ran. */
export function summaryResults(record: EvidenceRecord): string {
  const results = commandResults(record);
  if (results.length === 0) {
    const deps = planningNote(record.facts);
    return [...(deps === null ? [] : [prose(deps)]), plannedCommands(record)].filter(Boolean).join('\n\n');
  }
  const rows = results.slice(0, COMMAND_LIMIT).map((result) => {
    const { command, exitCode, signal } = result.run.invocation;
    const ended = signal === null ? `${exitCode}` : `${exitCode} (${markdownCode(signal)})`;
    return `| ${markdownCode(`dbt ${command.text}`)} | ${ended} | ${prose(plannedText({ ...result, nodes: result.planned }))} | ${resultsText(result)} |`;
  });
  const more =
    results.length > COMMAND_LIMIT
      ? `\n\n${results.length - COMMAND_LIMIT} more commands are in report.html.`
      : '';
  return `### What ran

| Command | Exit code | Planned | Results |
| --- | ---: | --- | --- |
${rows.join('\n')}${more}${notRun(record)}${differences(results)}${beside(results)}${freshnessMarkdown(results)}${attention(results)}${warehouseNotesMarkdown(record)}`;
}

function notRun(record: EvidenceRecord): string {
  const commands = commandsNotRun(record);
  if (commands.length === 0) return '';
  const shown = commands.slice(0, COMMAND_LIMIT).map(markdownCode).join(', ');
  const more = commands.length > COMMAND_LIMIT ? ` and ${commands.length - COMMAND_LIMIT} more` : '';
  return `\n\n**Did not run**, since the run ended before: ${shown}${more}`;
}

function differences(results: readonly CommandResults[]): string {
  const count = (name: 'unplanned' | 'missing') =>
    results.reduce((sum, { outcome }) => sum + outcome[name].length, 0);
  const parts = [
    ...(count('missing') > 0 ? [`${count('missing')} planned nodes have no result`] : []),
    ...(count('unplanned') > 0 ? [`${count('unplanned')} nodes ran that were not planned`] : []),
  ];
  return parts.length === 0 ? '' : `\n\n**Plan and run differ:** ${parts.join('; ')}. The report lists them.`;
}

/** What ran beside the planned nodes; each sentence once, with the commands that it is about. */
function beside(results: readonly CommandResults[]): string {
  const commands = new Map<string, string[]>();
  for (const result of results)
    for (const note of [...packageNotes(result), ...besideNotes(result)])
      commands.set(note, [...(commands.get(note) ?? []), markdownCode(result.run.invocation.command.text)]);
  const lines = [...commands]
    .slice(0, COMMAND_LIMIT)
    .map(([note, of]) => `- ${of.join(', ')}: ${prose(note)}`);
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`;
}

function attention(results: readonly CommandResults[]): string {
  const rows = results.flatMap((result) => result.attention);
  if (rows.length === 0) return '';
  const shown = rows.slice(0, ATTENTION_LIMIT).map(attentionRow);
  const more =
    rows.length > ATTENTION_LIMIT ? `\n\n${rows.length - ATTENTION_LIMIT} more are in report.html.` : '';
  return `

| Node | Result | Failing rows | Took | Message |
| --- | --- | ---: | ---: | --- |
${shown.join('\n')}${more}`;
}

function attentionRow(row: ResultRow): string {
  const message = markdownCode(row.message.trim().replace(/\s+/g, ' '));
  return `| ${markdownCode(row.id)} | ${STATUS_WORDS[row.status]} | ${row.failures ?? ''} | ${duration(row.seconds)} | ${message} |`;
}

function plannedCommands({ facts: { plan } }: EvidenceRecord): string {
  if (plan === undefined || plan.commands.length === 0) return '';
  const rows = plan.commands
    .slice(0, COMMAND_LIMIT)
    .map((one) => `| ${markdownCode(`dbt ${one.command.text}`)} | ${prose(plannedText(one))} |`);
  return `### What was planned, and not run

| Command | Planned |
| --- | --- |
${rows.join('\n')}`;
}
