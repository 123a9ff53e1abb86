import { markdownCode, plain } from '../../untrusted.ts';

/** A table for people. A cell may have several lines; each is made plain where it is shown. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Aligned columns for a terminal, two spaces apart. */
export function tableText({ head, rows }: TextTable): string {
  const lines = rows.flatMap(rowLines);
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(line)].join('\n');
}

/** As many lines as the tallest cell has. */
function rowLines(row: readonly string[]): readonly (readonly string[])[] {
  const cells = row.map((cell) => cell.split('\n').flatMap((line) => folded(plain(line, 200))));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, index) => cells.map((cell) => cell[index] ?? ''));
}

/** A long name, such as a host, in parts that end where it has a separator: a terminal is about 120 characters wide. */
function folded(line: string): readonly string[] {
  return line.match(/.{1,44}(?:(?<=[./:@ ])|$)|.{1,44}/gu) ?? [''];
}

/** The same for a pull request or a page, in Markdown in which no cell can become markup. */
export function tableMarkdown({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cell = (text: string) => text.split('\n').map(markdownCode).join(' ');
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}
