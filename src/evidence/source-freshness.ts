import type { SourceFreshness } from '../dbt/artifacts.ts';
import { ageText, FRESHNESS_WORDS, freshnessOf, freshnessText } from '../dbt/freshness.ts';
import { markdownCode, plain } from '../untrusted.ts';
import type { EvidenceRecord } from './record.ts';
import { table, time } from './report-elements.ts';
import { lines, type Markup, markup, NOTHING } from './report-markup.ts';
import type { CommandResults } from './report-results.ts';

/** A source that is not fresh, for the log and as an annotation. */
export interface FreshnessNote {
  readonly level: 'warning' | 'error';
  readonly title: string;
  readonly text: string;
  readonly source: string;
  /** The YAML file of the source, relative to the dbt project; empty when it is not a file of the project itself. */
  readonly file: string;
}

/** GitHub shows ten annotations of a level for a step; the rest is told by its number. */
const NOTE_LIMIT = 9;
const ROW_LIMIT = 20;

/** The sources that are not fresh, or of which nobody knows, the worst first. */
export function freshnessNotes({ facts: { runs = [], plan } }: EvidenceRecord): readonly FreshnessNote[] {
  const notes = runs.flatMap((run, index) => {
    const { nodes, projectName = '' } = run.artifacts?.manifest ?? {};
    return freshnessOf(run, plan?.commands[index]?.nodes ?? [])
      .filter(({ status }) => status !== 'pass')
      .map((row): FreshnessNote => {
        const node = nodes?.get(row.uniqueId);
        return {
          level: row.status === 'warn' ? 'warning' : 'error',
          title: `Source ${FRESHNESS_WORDS[row.status] === 'warning' ? 'past warn_after' : FRESHNESS_WORDS[row.status]}`,
          text: `${plain(row.uniqueId)} is ${plain(freshnessText(row), 1_000)}`,
          source: row.uniqueId,
          file: node !== undefined && node.packageName === projectName ? node.originalFilePath : '',
        };
      });
  });
  return (['error', 'warning'] as const).flatMap((level) => {
    const all = notes.filter((note) => note.level === level);
    const rest = all.length - NOTE_LIMIT;
    const more = {
      level,
      title: 'Sources',
      text: `${rest} more sources are in the job summary and in report.html`,
      source: '',
      file: '',
    };
    return rest <= 0 ? all : [...all.slice(0, NOTE_LIMIT), more];
  });
}

/** Every source with its age, for the report. */
export function freshnessTable({ freshness }: CommandResults): Markup {
  if (freshness.length === 0) return NOTHING;
  const rows = freshness.map((row) => ({
    cells: [
      markup`<span class="name" title="${row.uniqueId}">${nameOf(row)}</span>`,
      markup`<span class="status ${STATUS_CLASSES[row.status]}">${FRESHNESS_WORDS[row.status]}</span>`,
      ageOf(row),
      orNone(row.warnAfter),
      orNone(row.errorAfter),
      row.message === '' ? time(row.measuredAt) : markup`<span class="message">${lines(row.message)}</span>`,
    ],
  }));
  const columns = ['Source', 'Result', 'Age', 'Warn after', 'Error after', 'Measured at, or why not'];
  return table('Freshness of sources', columns, rows);
}

/** `till.orders`: the package is left out, the whole id is the title. */
function nameOf({ uniqueId }: SourceFreshness): string {
  return uniqueId.split('.').slice(2).join('.') || uniqueId;
}

/** The colours of the report. */
const STATUS_CLASSES: Readonly<Record<SourceFreshness['status'], string>> = {
  pass: 'success',
  warn: 'warned',
  error: 'failed',
  'not measured': 'failed',
};

/** The sources of all commands, for the job summary: the worst first, as many as fit. */
export function freshnessMarkdown(results: readonly CommandResults[]): string {
  const all = results.flatMap(({ freshness }) => freshness);
  if (all.length === 0) return '';
  const rows = all
    .slice(0, ROW_LIMIT)
    .map(
      (row) =>
        `| ${markdownCode(row.uniqueId)} | ${FRESHNESS_WORDS[row.status]} | ${ageOf(row)} | ${orNone(row.warnAfter)} | ${orNone(row.errorAfter)} | ${measuredText(row.measuredAt)} | ${row.message === '' ? '' : markdownCode(row.message.trim().replace(/\s+/g, ' '))} |`,
    );
  const more = all.length > ROW_LIMIT ? `\n\n${all.length - ROW_LIMIT} more sources are in report.html.` : '';
  return `

| Source | Freshness | Age | Warn after | Error after | Measured | Message |
| --- | --- | ---: | --- | --- | --- | --- |
${rows.join('\n')}${more}`;
}

/** To the second, as in the report; a time that cannot be read as it is. */
function measuredText(at: string): string {
  const time = new Date(at);
  if (at === '') return '';
  if (Number.isNaN(time.getTime())) return markdownCode(at);
  const iso = time.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

function ageOf({ ageSeconds }: SourceFreshness): string {
  return ageSeconds === null ? 'not known' : ageText(ageSeconds);
}

function orNone(threshold: string): string {
  return threshold === '' ? 'none' : threshold;
}
