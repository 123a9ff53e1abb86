import { Unreadable } from './foreign.ts';

/** Rows of a CSV text with a head (RFC 4180), each by the names of its columns in lower case. */
export function csvRows(text: string): readonly ReadonlyMap<string, string>[] {
  const [head = [], ...rows] = cells(text).filter((row) => row.length > 1 || row[0] !== '');
  const names = head.map((name) => name.trim().toLowerCase());
  if (new Set(names).size !== names.length)
    throw new Unreadable('expected each column once in the head of the CSV');
  return rows.map((row, at) => {
    if (row.length !== names.length) {
      throw new Unreadable(`expected ${names.length} columns in row ${at + 1} of the CSV, got ${row.length}`);
    }
    return new Map(names.map((name, column) => [name, row[column] ?? '']));
  });
}

function cells(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (cell.lastIndex <= text.length) {
    const found = cell.exec(text);
    if (found === null) throw new Unreadable('expected CSV with quotes that match');
    const [, quoted, bare = '', end] = found;
    rows.at(-1)?.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === '') break;
    if (end !== ',') rows.push([]);
  }
  return rows;
}
