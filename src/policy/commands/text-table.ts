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
  const cells = row.map((cell) => cell.split('\n').map((line) => plain(line, 200)));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, index) => cells.map((cell) => cell[index] ?? ''));
}

/** The same for a pull request or a page, in Markdown in which no cell can become markup. */
export function tableMarkdown({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cell = (text: string) => text.split('\n').map(markdownCode).join(' ');
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

/** A sentence in lines of at most `width` characters, each after the first indented. */
export function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line.trim() === '') line = longer;
    else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line].join('\n');
}
