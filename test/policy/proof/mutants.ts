/** One change of a source text. */
export interface Mutant {
  /** 1-based. */
  readonly line: number;
  readonly what: string;
  readonly text: string;
}

/** Words that are replaced by others, each place on its own. */
const WORDS: readonly (readonly [from: RegExp, to: string])[] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/!(?=[a-z(])/g, ''],
  [/\btrue\b(?!')/g, 'false'],
  [/\bfalse\b(?!')/g, 'true'],
  [/\.startsWith\(/g, '.includes('],
  [/ > /g, ' <= '],
  // One of several spreads in a list on one line.
  [/\.\.\.[\w.]+, (?=\.\.\.)/g, ''],
];

/**
 * Every mutant of a source text: an operator turned round, a filter dropped, an element of a list dropped.
 * Comments, imports and types are left alone.
 */
export function mutantsOf(source: string): readonly Mutant[] {
  const code = hidden(source);
  return [...words(source, code), ...filters(source, code), ...elements(source, code)];
}

/** The text with comments and imports as blanks, so that places stay the same. */
function hidden(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|^import[\s\S]*?;$/gm, (text) =>
    text.replace(/[^\n]/g, ' '),
  );
}

function replaced(source: string, from: number, to: number, put: string): Mutant {
  const line = source.slice(0, from).split('\n').length;
  const old = source.slice(from, to).trim().replaceAll(/\s+/g, ' ');
  const what = `${old.slice(0, 70)} -> ${put.trim() || '(nothing)'}`;
  return { line, what, text: source.slice(0, from) + put + source.slice(to) };
}

function words(source: string, code: string): readonly Mutant[] {
  return WORDS.flatMap(([from, to]) =>
    [...code.matchAll(from)].map((found) => replaced(source, found.index, found.index + found[0].length, to)),
  );
}

/** `.filter(…)` lets everything through. */
function filters(source: string, code: string): readonly Mutant[] {
  return [...code.matchAll(/\.filter\(/g)].map(({ index }) =>
    replaced(source, index, closing(code, index + '.filter'.length), '.filter(() => true)'),
  );
}

/** Elements that stand on lines of their own: clauses, spreads of clauses. */
function elements(source: string, code: string): readonly Mutant[] {
  return [...code.matchAll(/(?<=[[,]\s*\n)[ ]+(?:\.\.\.\w+|\w+|)(?=\()/g)].flatMap((found) => {
    const end = elementEnd(code, found.index + found[0].length);
    return code[end] === ',' ? [replaced(source, found.index, end + 1, '')] : [];
  });
}

/** The comma after an element, or what closes its list. */
function elementEnd(code: string, from: number): number {
  let at = from;
  while (at < code.length && !/[,)\]}]/.test(code[at] ?? '')) {
    at = /[([{]/.test(code[at] ?? '') ? closing(code, at) : at + 1;
  }
  return at;
}

/** The place after the bracket that closes the one at `from`; brackets inside texts are taken for brackets. */
function closing(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at += 1) {
    if (/[([{]/.test(code[at] ?? '')) depth += 1;
    if (/[)\]}]/.test(code[at] ?? '')) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}
