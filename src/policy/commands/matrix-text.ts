import type { MatrixRow } from './matrix.ts';
import type { EnvironmentDifference } from './matrix-diff.ts';
import type { TextTable } from './text-table.ts';

type Column = readonly [head: string, cell: (row: Folded) => string, always?: boolean];
type Folded = MatrixRow & { readonly events: string };

const COLUMNS: readonly Column[] = [
  ['repository', ({ repository }) => repository, true],
  ['environment', ({ environment }) => environment, true],
  ['event', ({ events }) => events, true],
  ['ref', ({ ref }) => ref.replaceAll(' ', '\n').replace(/^refs\/(?=heads|tags)/gm, ''), true],
  ['credentials', credentials, true],
  ['tier', ({ tier }) => tier],
  ['rule', ({ rule }) => rule, true],
];

/** The matrix for people: events of one rule in one row; a column in which no row has anything is left out. */
export function matrixTable(rows: readonly MatrixRow[]): TextTable {
  const groups = Map.groupBy(rows, ({ rule, grant }) => `${rule}\n${grant}`);
  const folded = [...groups.values()].flatMap((group): Folded[] => {
    const [first] = group;
    return first ? [{ ...first, events: group.map(({ event }) => event).join('\n') }] : [];
  });
  const columns = COLUMNS.filter(([, cell, always]) => always || folded.some((row) => cell(row) !== ''));
  return {
    head: columns.map(([head]) => head),
    rows: folded.map((row) => columns.map(([, cell]) => cell(row))),
  };
}

/** The grant and where it leads, one fact a line. */
function credentials({ grant, kind, account, role, credentials: source, checkout }: Folded): string {
  const lines = [grant === kind ? kind : `${grant}: ${kind}`, account, role === '(none)' ? '' : role];
  const code = checkout === 'token_commit' ? '' : `for the code of ${checkout}`;
  return [...lines, source === 'federated' ? '' : `(${source})`, code]
    .filter((line) => line !== '')
    .join('\n');
}

export function matrixDiffTable(
  differences: readonly EnvironmentDifference[],
  left: string,
  right: string,
): TextTable {
  return {
    head: ['repository', 'what', left, right],
    rows: differences.map((row) => [
      row.repository,
      row.event === '' ? row.what : `${row.what} on ${row.event}`,
      lines(row.left),
      lines(row.right),
    ]),
  };
}

/** Values below each other, so that two lists can be compared. */
function lines(text: string): string {
  return text.replaceAll(' or ', '\n').replaceAll(', ', '\n');
}
