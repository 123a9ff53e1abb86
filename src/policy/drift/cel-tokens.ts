import { plain } from '../../untrusted.ts';
import { Unclear } from './unclear.ts';

export type CelToken =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name' | 'mark'; readonly value: string };

const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|&&|\|\||[()[\],.!+]))/y;
const ESCAPE = /\\(u[0-9A-Fa-f]{4}|[\\"'`?/nrtbf])|\\/g;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** An expression of the Common Expression Language in its smallest parts. Throws Unclear for any other character. */
export function celTokens(expression: string): readonly CelToken[] {
  const tokens: CelToken[] = [];
  const source = expression.trim();
  const next = new RegExp(TOKEN);
  while (next.lastIndex < source.length) {
    const at = next.lastIndex;
    const found = next.exec(source);
    if (found === null)
      throw new Unclear(`the expression is not understood at ${plain(source.slice(at, at + 40))}`);
    const [, text, name, mark = ''] = found;
    if (text !== undefined) tokens.push({ kind: 'text', value: unquoted(text) });
    else tokens.push(name === undefined ? { kind: 'mark', value: mark } : { kind: 'name', value: name });
  }
  return tokens;
}

/** Source: CEL specification, "String and bytes values". */
function unquoted(literal: string): string {
  return literal.slice(1, -1).replace(ESCAPE, (whole, after: string | undefined) => {
    if (after === undefined) throw new Unclear(`the escape in ${plain(literal, 60)} is not understood`);
    if (after.startsWith('u')) return String.fromCharCode(Number.parseInt(after.slice(1), 16));
    return ESCAPED[after] ?? whole.slice(1);
  });
}
