import { type Dialect, folded, relationKey } from './dialect.ts';
import { type TokenKind, textOf, visitTokens } from './sql-tokens.ts';

/**
 * What stands in SQL where a table is read: in FROM and JOIN, comma lists included. Found by tokens alone, without a
 * grammar: what is here stands there, and what is not may still be read by a function, a view or dynamic SQL.
 */
export class SqlReads {
  readonly #dialect: Dialect;
  readonly #tables = new Map<string, readonly string[]>();
  readonly #files = new Set<string>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** A name of one part is left out: it may be a common table expression. */
  addTable(parts: readonly string[]): void {
    if (parts.length > 1) this.#tables.set(relationKey(parts, this.#dialect), parts);
  }

  addFile(path: string): void {
    this.#files.add(path);
  }

  /** Whether the relation stands there. `parts` is its name as the warehouse has it. */
  hasTable(parts: readonly string[]): boolean {
    return this.#tables.has(relationKey(parts, this.#dialect));
  }

  /** Whether the file stands there: as a table (`from 'a.csv'`) or in the first argument of a table function. */
  hasFile(path: string): boolean {
    return this.#files.has(path);
  }

  /** The relations there whose last part is this. */
  named(table: string): readonly (readonly string[])[] {
    const key = (parts: readonly string[]) => relationKey(parts, this.#dialect);
    return [...this.#tables.values()].filter((parts) => key(parts.slice(-1)) === key([table]));
  }
}

/** Words after which no table is named until the next FROM or JOIN of the same parentheses. */
const ENDS_FROM = new Set([
  ...['select', 'where', 'group', 'having', 'order', 'limit', 'qualify', 'window', 'union', 'intersect'],
  ...['except', 'minus', 'fetch', 'offset', 'set', 'values'],
]);
/** Words between FROM or JOIN and the table. */
const BEFORE_TABLE = new Set(['only', 'lateral']);
/** Functions whose arguments have a FROM of their own. */
const OWN_FROM = new Set(['extract', 'trim', 'substring', 'overlay', 'position']);

/** One level of parentheses or brackets. */
interface Level {
  readonly brackets: boolean;
  /** In the list of a FROM: after a comma comes the next table. */
  inFrom: boolean;
  /** FROM has its usual meaning here. */
  readonly query: boolean;
  /** The first argument of a table function: a text in it is a file. */
  files: boolean;
}

const TOP: Level = { brackets: false, inFrom: false, query: true, files: false };

/**
 * The relations that SQL reads.
 * @param asked when given, the search ends as soon as all of these are found: only they are of interest
 */
export function sqlReads(sql: string, dialect: Dialect, asked?: readonly (readonly string[])[]): SqlReads {
  const missing = new Set(asked?.map((parts) => relationKey(parts, dialect)));
  const reader = new Reader(sql, dialect, missing);
  visitTokens(sql, dialect, (kind, start, end) => {
    const size = missing.size;
    reader.take(kind, start, end);
    return size === 0 || missing.size > 0;
  });
  return reader.end();
}

class Reader {
  readonly #sql: string;
  readonly #dialect: Dialect;
  readonly #reads: SqlReads;
  readonly #missing: Set<string>;
  readonly #outer: Level[] = [];
  #level: Level = { ...TOP };
  /** Whether the next token begins a table. */
  #expected = false;
  /** The parts so far of the table that is being named. */
  #name: string[] = [];
  /** The token before this one: its kind, its first character, its place. */
  readonly #last: { kind: TokenKind; first: string; start: number; end: number } = {
    kind: 'mark',
    first: '',
    start: 0,
    end: 0,
  };

  constructor(sql: string, dialect: Dialect, missing: Set<string>) {
    this.#sql = sql;
    this.#dialect = dialect;
    this.#missing = missing;
    this.#reads = new SqlReads(dialect);
  }

  take(kind: TokenKind, start: number, end: number): void {
    const first = this.#sql.charAt(start);
    if (!this.#continuesName(kind, first, start, end)) {
      const called = kind === 'mark' && first === '(' && this.#name.length > 0;
      if (!called) this.#endName();
      this.#name = [];
      const expected = this.#expected;
      this.#expected = false;
      if (kind === 'mark') this.#mark(first, expected, called);
      else this.#part(kind, start, end, expected);
    }
    this.#last.kind = kind;
    this.#last.first = first;
    this.#last.start = start;
    this.#last.end = end;
  }

  #part(kind: TokenKind, start: number, end: number, expected: boolean): void {
    if (kind === 'text') this.#file(start, end, expected);
    else if (kind === 'word' && !this.#afterDot()) this.#word(start, end, expected);
    else if (expected) this.#addPart(kind, start, end);
  }

  #file(start: number, end: number, expected: boolean): void {
    if (expected || this.#level.files) this.#reads.addFile(this.#text('text', start, end));
  }

  end(): SqlReads {
    this.#endName();
    return this.#reads;
  }

  #endName(): void {
    if (this.#name.length === 0 || this.#afterDot()) return;
    this.#reads.addTable(this.#name);
    if (this.#missing.size > 0) this.#missing.delete(relationKey(this.#name, this.#dialect));
  }

  #afterDot(): boolean {
    return this.#last.kind === 'mark' && this.#last.first === '.';
  }

  /** The dots and the next parts of a name. */
  #continuesName(kind: TokenKind, first: string, start: number, end: number): boolean {
    if (this.#name.length === 0) return false;
    if (this.#continuesProject(kind, first, start)) {
      this.#name = [`${this.#name[0]}${this.#sql.slice(start, end)}`];
      return true;
    }
    if (kind === 'mark') return first === '.' && this.#last.kind !== 'mark';
    if (kind === 'text' || !this.#afterDot()) return false;
    this.#addPart(kind, start, end);
    return true;
  }

  /** The signs and words of a project of BigQuery that is not quoted: `my-project.raw.orders`. */
  #continuesProject(kind: TokenKind, first: string, start: number): boolean {
    const { kind: lastKind, first: lastFirst, end } = this.#last;
    const dash = (kind === 'mark' && first === '-') || (lastKind === 'mark' && lastFirst === '-');
    return this.#dialect.bigquery && this.#name.length === 1 && start === end && dash;
  }

  #word(start: number, end: number, expected: boolean): void {
    const word = keywordAt(this.#sql, start, end);
    if (word === 'join' || (word === 'from' && this.#level.query && !this.#afterDistinct())) {
      this.#level.inFrom = true;
      this.#expected = true;
    } else if (ENDS_FROM.has(word)) this.#level.inFrom = false;
    else if (BEFORE_TABLE.has(word)) this.#expected = expected;
    else if (expected) this.#addPart('word', start, end);
  }

  /** `is distinct from` compares. */
  #afterDistinct(): boolean {
    const { kind, start, end } = this.#last;
    return kind === 'word' && keywordAt(this.#sql, start, end) === 'distinct';
  }

  #mark(mark: string, expected: boolean, called: boolean): void {
    if (mark === '(' || mark === '[') {
      this.#outer.push(this.#level);
      const { kind, start, end } = this.#last;
      const query = !(kind === 'word' && OWN_FROM.has(keywordAt(this.#sql, start, end)));
      const files = called || (mark === '[' && this.#level.files);
      this.#level = { brackets: mark === '[', inFrom: expected, query, files };
      this.#expected = expected;
    } else if (mark === ')' || mark === ']') {
      this.#level = this.#outer.pop() ?? { ...TOP };
    } else if (mark === ',') {
      this.#expected = this.#level.inFrom;
      this.#level.files &&= this.#level.brackets;
    }
  }

  #addPart(kind: TokenKind, start: number, end: number): void {
    const text = this.#text(kind, start, end);
    const parts = this.#dialect.bigquery ? text.split('.') : [text];
    this.#name.push(...parts.map((part) => folded(part, kind === 'name', this.#dialect)));
  }

  #text(kind: TokenKind, start: number, end: number): string {
    return textOf({ kind, raw: this.#sql.slice(start, end) }, this.#dialect);
  }
}

/** Longest and shortest word that means something here. */
const [LONGEST, SHORTEST] = [9, 3];

/** The word in lower case; empty when it is too long or too short to be one that means something here. */
function keywordAt(sql: string, start: number, end: number): string {
  const length = end - start;
  return length < SHORTEST || length > LONGEST ? '' : sql.slice(start, end).toLowerCase();
}
