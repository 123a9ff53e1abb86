import type { Dialect } from './dialect.ts';

/** `word`: a keyword or an unquoted name; `name`: a quoted one; `text`: a string literal; `mark`: anything else. */
export type TokenKind = 'word' | 'name' | 'text' | 'mark';

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the SQL, with its quotes. */
  readonly raw: string;
}

/**
 * Visits the tokens of SQL in order, until a visit gives false; comments and white space are left out. Total: every text has tokens, and what
 * is left open (a quote, a comment) reaches to the end. The time it takes is linear in the length. Places and no
 * objects, because a large project has millions of tokens.
 */
export function visitTokens(
  sql: string,
  dialect: Dialect,
  visit: (kind: TokenKind, start: number, end: number) => unknown,
): void {
  const pattern = tokenPattern(dialect);
  for (let start = 0; start < sql.length; ) {
    pattern.lastIndex = start;
    const end = pattern.test(sql) ? pattern.lastIndex : sql.length;
    const kind = kindAt(sql, start, end, dialect);
    if (kind !== null && visit(kind, start, end) === false) return;
    start =
      kind === null && dialect.nestedComments && sql.startsWith('/*', start) ? afterNested(sql, end) : end;
  }
}

export function tokensOf(sql: string, dialect: Dialect): readonly Token[] {
  const tokens: Token[] = [];
  visitTokens(sql, dialect, (kind, start, end) => tokens.push({ kind, raw: sql.slice(start, end) }));
  return tokens;
}

/** By how it starts; null for a blank or a comment. */
function kindAt(sql: string, start: number, end: number, dialect: Dialect): TokenKind | null {
  const code = sql.charCodeAt(start);
  if (code <= SPACE) return null;
  const length = end - start;
  if (isLetter(code)) return length > 1 && sql.charAt(start + 1) === "'" ? 'text' : 'word';
  const first = sql.charAt(start);
  if (BLANK.test(first)) return null;
  if ((length > 1 && COMMENT_START.test(first)) || first === dialect.lineComments) return null;
  return quotedKind(first, length, dialect) ?? 'mark';
}

function quotedKind(first: string, length: number, dialect: Dialect): TokenKind | null {
  if (first === "'" || (first === '$' && length > 1)) return 'text';
  if (first === '"') return dialect.doubleQuotes;
  return first === '`' || (first === '[' && dialect.brackets) ? 'name' : null;
}

const COMMENT_START = /[-/#]/;
const [SPACE, UNDERSCORE, ASCII] = [0x20, 0x5f, 0x80];

function isLetter(code: number): boolean {
  const lower = code | SPACE;
  if (code >= ASCII) return !BLANK.test(String.fromCharCode(code));
  return (lower >= 0x61 && lower <= 0x7a) || code === UNDERSCORE;
}

const BLANK = /\s/;

/** What a token says: without its quotes, escapes undone. */
export function textOf({ kind, raw }: Token, dialect: Dialect): string {
  if (kind === 'word' || kind === 'mark') return raw;
  const open = /^[eE]?('''|"""|\$\w*\$|['"`[])/.exec(raw)?.[1] ?? '';
  const close = open === '[' ? ']' : open;
  const from = raw.indexOf(open) + open.length;
  const inside = raw.slice(from, raw.length > from && raw.endsWith(close) ? -close.length : undefined);
  if (close.length > 1) return inside;
  const escapes = from > 1 || (kind === 'text' ? dialect.backslashes : dialect.bigquery);
  if (!escapes) return inside.replaceAll(close + close, close);
  return inside.replaceAll(
    /\\(.)|''|""|``/gs,
    (all, escaped?: string) => escaped ?? (all[0] === close ? close : all),
  );
}

const patterns = new Map<Dialect, RegExp>();

/** One sticky pattern for a token, a blank or a comment. It matches anywhere. */
function tokenPattern(dialect: Dialect): RegExp {
  const known = patterns.get(dialect);
  if (known !== undefined) return known;
  const { doubleQuotes, backslashes, lineComments, nestedComments, dollarQuotes, brackets, bigquery } =
    dialect;
  const quoted = (quote: string, escapes: boolean) =>
    escapes
      ? `${quote}[^\\\\${quote}]*(?:(?:\\\\[^]|${quote}${quote})[^\\\\${quote}]*)*(?:${quote}|$|\\\\$)`
      : `${quote}[^${quote}]*(?:${quote}${quote}[^${quote}]*)*(?:${quote}|$)`;
  const blanks = [
    '\\s+',
    `(?:--${lineComments === '' ? '' : `|${lineComments}`})[^\\n]*`,
    nestedComments ? '/\\*' : '/\\*[^]*?(?:\\*/|$)',
  ];
  const texts = [
    ...(bigquery ? ["'''(?:[^\\\\]|\\\\[^])*?(?:'''|$)", '"""(?:[^\\\\]|\\\\[^])*?(?:"""|$)'] : []),
    ...(dollarQuotes ? [`[eE]${quoted("'", true)}`, '\\$([A-Za-z_]\\w*)?\\$[^]*?(?:\\$\\1\\$|$)'] : []),
    quoted("'", backslashes),
    ...(doubleQuotes === 'text' ? [quoted('"', backslashes)] : []),
  ];
  const names = [
    ...(doubleQuotes === 'name' ? [quoted('"', false)] : []),
    quoted('`', bigquery),
    ...(brackets ? ['\\[[^\\]]*(?:\\]\\][^\\]]*)*(?:\\]|$)'] : []),
  ];
  const word = '[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*';
  const pattern = new RegExp([...blanks, ...texts, ...names, word, '\\d[\\w.]*', '[^]'].join('|'), 'y');
  patterns.set(dialect, pattern);
  return pattern;
}

const COMMENT_EDGE = /\/\*|\*\//g;

/** The place after a comment that began before `at`, with the comments in it. */
function afterNested(sql: string, at: number): number {
  COMMENT_EDGE.lastIndex = at;
  let depth = 1;
  for (let edge = COMMENT_EDGE.exec(sql); edge !== null; edge = COMMENT_EDGE.exec(sql)) {
    depth += edge[0] === '*/' ? -1 : 1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
  return sql.length;
}
