/** A value of the file with its places: what both readers of YAML give. Offsets are into the text. */
export interface DocumentNode {
  readonly start: number;
  readonly value: string | readonly DocumentNode[] | ReadonlyMap<string, DocumentEntry>;
}

export interface DocumentEntry {
  /** Offset of the key. */
  readonly start: number;
  readonly node: DocumentNode;
}

/** Where the text leaves the plain form, and why: another form of YAML, a key that stands twice, too much nesting. */
export interface PlainStop {
  readonly offset: number;
  readonly why: 'form' | 'twice' | 'depth';
}

/** Shorter than YAML would have it, which ends a key at 1024 characters. */
const KEY = /[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}(?=:(?:[ \r\n]|$))/y;
const QUOTED = /"[^"\\\r\n]*"|'[^'\r\n]*'/y;
/** To the end of the line: no `: `, no comment, no indicator at the start. */
const BLOCK_WORD = /[A-Za-z0-9_/.](?:[^\s:#]|:(?=[^\s])|(?<=[^\s])#| +(?=[^\s#:]))*/y;
/** The same inside brackets, where `, [ ] { }` end it too. */
const FLOW_WORD = /[A-Za-z0-9_/.](?:[^\s,[\]{}:#]|:(?=[^\s,[\]{}])|(?<=[^\s])#| +(?=[^\s,[\]{}#:]))*/y;
const LINE_END = /(?: +#[^\r\n]*| *)(?:\r?\n|$)/y;
/** Empty lines and comments of their own, then the indentation of the next line with something on it. */
const BLANK = /(?:[ ]*(?:#[^\r\n]*)?\r?\n)*(?: *#[^\r\n]*$)?/y;
const SPACE = ' \r\n';
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** Nesting that a policy may have. The closed schema needs six. */
export const DEPTH = 32;

/**
 * Reads the part of YAML that policies are written in, in time linear in the text: block mappings and lists, brackets,
 * words and quoted texts without escapes on one line, comments. All that it takes means the same in YAML 1.2; where it
 * is not sure, it stops.
 */
export function readPlainYaml(text: string): DocumentNode | PlainStop {
  try {
    return new Reader(text).document();
  } catch (stop) {
    if (stop instanceof Stop) return { offset: stop.offset, why: stop.why };
    throw stop;
  }
}

class Stop extends Error {
  readonly offset: number;
  readonly why: PlainStop['why'];

  constructor(offset: number, why: PlainStop['why'] = 'form') {
    super('not plain');
    this.offset = offset;
    this.why = why;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): DocumentNode {
    if (this.#nextLine() !== 0) throw new Stop(this.#at);
    const node = this.#blockMapping(0, 1);
    if (this.#at < this.#text.length) throw new Stop(this.#at);
    return node;
  }

  /** Goes to the next line with something on it and gives its indentation; -1 at the end of the text. */
  #nextLine(): number {
    this.#take(BLANK);
    this.#lineStart = this.#at;
    this.#take(/ */y);
    return this.#at >= this.#text.length ? -1 : this.#at - this.#lineStart;
  }

  /** Entries that begin in one column; the reader stands at the first key. It ends at the start of another line. */
  #blockMapping(column: number, depth: number): DocumentNode {
    const start = this.#at;
    const entries = new Map<string, DocumentEntry>();
    for (;;) {
      this.#entry(entries, () => this.#blockValue(column, depth + 1));
      if (this.#column() !== column || this.#isItem()) return { start, value: entries };
    }
  }

  #blockList(column: number, depth: number): DocumentNode {
    const start = this.#at;
    const items: DocumentNode[] = [];
    for (;;) {
      this.#take(/- +/y);
      items.push(this.#item(depth + 1));
      if (this.#column() !== column || !this.#isItem()) return { start, value: items };
    }
  }

  #item(depth: number): DocumentNode {
    this.#deep(depth);
    if (this.#sees(KEY)) return this.#blockMapping(this.#column(), depth);
    return this.#lineValue(this.#at - this.#lineStart, depth);
  }

  /** What follows `key:`: on the line, or on the lines below it. */
  #blockValue(column: number, depth: number): DocumentNode {
    this.#deep(depth);
    if (this.#take(LINE_END) === undefined) {
      if (this.#take(/ +/y) === undefined) throw new Stop(this.#at);
      return this.#lineValue(column, depth);
    }
    const below = this.#nextLine();
    if (below >= column && this.#isItem()) return this.#blockList(below, depth);
    if (below <= column) throw new Stop(this.#at);
    if (this.#sees(KEY)) return this.#blockMapping(below, depth);
    if (!this.#opens()) throw new Stop(this.#at);
    return this.#lineValue(column, depth);
  }

  /** A text or something in brackets, and the rest of its line; what is below may not belong to it. */
  #lineValue(column: number, depth: number): DocumentNode {
    const node = this.#opens() ? this.#brackets(column, depth) : this.#scalar(BLOCK_WORD);
    if (this.#take(LINE_END) === undefined) throw new Stop(this.#at);
    if (this.#nextLine() > column) throw new Stop(this.#at);
    return node;
  }

  #brackets(column: number, depth: number): DocumentNode {
    this.#deep(depth);
    const start = this.#at;
    if (this.#text[start] === '[') {
      const items: DocumentNode[] = [];
      this.#inside(']', column, () => items.push(this.#flowValue(column, depth + 1)));
      return { start, value: items };
    }
    const entries = new Map<string, DocumentEntry>();
    this.#inside('}', column, () => this.#entry(entries, () => this.#spaced(column, depth + 1)));
    return { start, value: entries };
  }

  /** Everything up to the closing bracket; the reader stands at the opening one. */
  #inside(end: string, column: number, each: () => void): void {
    this.#at += 1;
    this.#space(column);
    while (!this.#skip(end)) {
      each();
      this.#space(column);
      if (this.#skip(',')) this.#space(column);
      else if (this.#text[this.#at] !== end) throw new Stop(this.#at);
    }
  }

  #spaced(column: number, depth: number): DocumentNode {
    this.#space(column);
    return this.#flowValue(column, depth);
  }

  #flowValue(column: number, depth: number): DocumentNode {
    return this.#opens() ? this.#brackets(column, depth) : this.#scalar(FLOW_WORD);
  }

  /** Spaces, line ends and comments inside brackets; each further line is indented more than what holds the brackets. */
  #space(column: number): void {
    if (!SPACE.includes(this.#text[this.#at] ?? '\n')) return;
    if (this.#take(LINE_END) === undefined) this.#take(/ */y);
    else if (this.#nextLine() <= column) throw new Stop(this.#at);
  }

  #entry(entries: Map<string, DocumentEntry>, value: () => DocumentNode): void {
    const start = this.#at;
    const key = this.#take(KEY);
    if (key === undefined || FORBIDDEN.has(key)) throw new Stop(start);
    if (entries.has(key)) throw new Stop(start, 'twice');
    this.#at += 1;
    entries.set(key, { start, node: value() });
  }

  #scalar(word: RegExp): DocumentNode {
    const start = this.#at;
    const isQuoted = this.#text[start] === '"' || this.#text[start] === "'";
    const text = isQuoted ? this.#take(QUOTED)?.slice(1, -1) : this.#take(word);
    if (text === undefined) throw new Stop(start);
    return { start, value: text };
  }

  #isItem(): boolean {
    return this.#sees(/- +[^ \r\n#-]/y);
  }

  #column(): number {
    return this.#at >= this.#text.length ? -1 : this.#at - this.#lineStart;
  }

  #deep(depth: number): void {
    if (depth > DEPTH) throw new Stop(this.#at, 'depth');
  }

  #opens(): boolean {
    return this.#text[this.#at] === '[' || this.#text[this.#at] === '{';
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string | undefined {
    if (!this.#sees(pattern)) return undefined;
    const start = this.#at;
    this.#at = pattern.lastIndex;
    return this.#text.slice(start, this.#at);
  }
}
