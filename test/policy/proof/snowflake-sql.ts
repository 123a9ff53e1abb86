/** Options of a statement, `KEY=value`; a value is a word, a text, or a list of either or of options. */
export type Options = ReadonlyMap<string, SqlValue>;
export type SqlValue = string | readonly SqlValue[] | Options;

type Token = { readonly kind: 'word' | 'text' | 'mark'; readonly text: string };

const TOKENS = /--[^\n]*|\s+|'((?:[^'\\]|''|\\[\s\S])*)'|"((?:[^"]|"")*)"|[A-Za-z_][\w$]*|[()=,;]/y;

/**
 * The statements of a script, each as its tokens. Source: Snowflake, "String & binary data types" (a doubled quote, and escape
 * sequences) and "Identifier requirements". Throws at whatever is neither.
 */
export function statements(script: string): readonly (readonly Token[])[] {
  const found: Token[][] = [[]];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < script.length) {
    const at = TOKENS.lastIndex;
    const [all, text, name] = TOKENS.exec(script) ?? [];
    if (all === undefined) throw new Error(`no SQL: ${script.slice(at, at + 20)}`);
    if (/^(--|\s)/.test(all)) continue;
    if (all === ';') found.push([]);
    else found.at(-1)?.push(tokenOf(all, text, name));
  }
  if (found.at(-1)?.length !== 0) throw new Error('a statement without its end');
  return found.slice(0, -1);
}

function tokenOf(all: string, text: string | undefined, name: string | undefined): Token {
  if (text !== undefined) return { kind: 'text', text: unescaped(text) };
  if (name !== undefined) return { kind: 'word', text: `"${name.replaceAll('""', '"')}"` };
  return /^[()=,]$/.test(all) ? { kind: 'mark', text: all } : { kind: 'word', text: all.toUpperCase() };
}

function unescaped(text: string): string {
  return text.replace(/''|\\u([0-9a-fA-F]{4})|\\([\s\S])/g, (_, code?: string, character?: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (character === undefined) return "'";
    if (/[A-Za-z0-9]/.test(character)) throw new Error(`escape ${character}`);
    return character;
  });
}

/** The options from a place in a statement to its end. Throws for what is no option, and for one that is given twice. */
export function optionsFrom(tokens: readonly Token[], from: number): Options {
  const [options, end] = optionList(tokens, from);
  if (end !== tokens.length) throw new Error(`after the options: ${tokens[end]?.text}`);
  return options;
}

function optionList(tokens: readonly Token[], from: number): readonly [Options, number] {
  const options = new Map<string, SqlValue>();
  let at = from;
  while (tokens[at]?.kind === 'word' && tokens[at + 1]?.text === '=') {
    const key = tokens[at]?.text ?? '';
    if (options.has(key)) throw new Error(`${key} twice`);
    const [value, next] = valueAt(tokens, at + 2);
    options.set(key, value);
    at = next;
  }
  return [options, at];
}

function valueAt(tokens: readonly Token[], at: number): readonly [SqlValue, number] {
  const token = tokens[at];
  if (token === undefined) throw new Error('no value');
  if (token.kind !== 'mark') return [token.text, at + 1];
  if (token.text !== '(') throw new Error(`value ${token.text}`);
  if (tokens[at + 2]?.text === '=' && tokens[at + 2]?.kind === 'mark') {
    const [options, end] = optionList(tokens, at + 1);
    return [options, closed(tokens, end)];
  }
  const values: SqlValue[] = [];
  let next = at + 1;
  while (tokens[next] !== undefined && tokens[next]?.text !== ')') {
    const [value, end] = valueAt(tokens, next);
    values.push(value);
    next = tokens[end]?.text === ',' ? end + 1 : end;
  }
  return [values, closed(tokens, next)];
}

function closed(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.text !== ')') throw new Error('a list without its end');
  return at + 1;
}
