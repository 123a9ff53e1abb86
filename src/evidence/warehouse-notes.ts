import { type WarehouseProblem, warehouseProblems } from '../dbt/warehouse-errors.ts';
import { prose as markdownProse } from '../policy/explain.ts';
import { warehouseOf } from '../policy/grant.ts';
import { markdownCode } from '../untrusted.ts';
import { statementOf } from './explanation-html.ts';
import { fenced } from './explanation-markdown.ts';
import type { EvidenceRecord } from './record.ts';
import { code, note, prose } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

/** One lack of the warehouse, with all nodes that met it. */
export interface WarehouseNote extends Pick<WarehouseProblem, 'problem' | 'statement'> {
  readonly nodes: readonly string[];
}

/** A missing grant fails every node behind it: more than these are told once, by their number. */
const NODE_LIMIT = 5;
const NOTE_LIMIT = 10;

/** What the warehouse refused in this run, each lack once. */
export function warehouseNotes({ facts: { runs = [], grants } }: EvidenceRecord): readonly WarehouseNote[] {
  if (grants === undefined || grants.size === 0) return [];
  const notes = new Map<string, WarehouseNote>();
  for (const { node, problem, statement } of warehouseProblems(runs, warehouseOf(grants))) {
    const key = `${problem}\n${statement}`;
    notes.set(key, { problem, statement, nodes: [...(notes.get(key)?.nodes ?? []), node] });
  }
  return [...notes.values()].slice(0, NOTE_LIMIT);
}

/** For the job summary, below the failed nodes. */
export function warehouseNotesMarkdown(record: EvidenceRecord): string {
  return warehouseNotes(record)
    .map(({ problem, statement, nodes }) => {
      const names = nodes.slice(0, NODE_LIMIT).map(markdownCode).join(', ');
      const ask = statement === '' ? '' : `\n\n${fenced(statement)}`;
      return `\n\n**The warehouse refused** ${names}${more(nodes)}: ${markdownProse(problem)}${ask}`;
    })
    .join('');
}

/** For the report, below the failed nodes. */
export function warehouseNotesHtml(record: EvidenceRecord): Markup {
  const notes = warehouseNotes(record).map(({ problem, statement, nodes }) => {
    const names = nodes.slice(0, NODE_LIMIT).flatMap((node) => [' ', code(node)].flat());
    const text = note('bad', ['The warehouse refused', ...names, `${more(nodes)}: `, prose(problem)]);
    return markup`${text}${statement === '' ? NOTHING : statementOf(statement)}`;
  });
  return markup`${notes}`;
}

/** For the log and as an annotation: short, as the statement is in the summary. */
export function warehouseWarning({ problem, statement, nodes }: WarehouseNote): string {
  const ask = statement === '' ? '' : ' The grant to ask for is in the job summary.';
  return `${nodes[0]}${more(nodes, 1)}: ${problem}${ask}`;
}

function more(nodes: readonly string[], shown = NODE_LIMIT): string {
  return nodes.length > shown ? ` and ${nodes.length - shown} more` : '';
}
