import { plain } from '../../untrusted.ts';
import { type CharacterClass, type Part, shape, type TextSet } from './text-set.ts';
import { Unclear } from './unclear.ts';

const RUN: Part = { characters: { kind: 'none-of', characters: '' }, many: true };
const PIECE =
  /(?:\\([^A-Za-z0-9])|\[(\^?)((?:[^\]\\[]|\\[^A-Za-z0-9])+)\]|(\.)|([^\\[\](){}|^$*+?.]))([*+]?)(?![*+?{])/y;

/**
 * A regular expression of RE2 that is a row of characters, escapes, classes and `.`, each once, `*` or `+`. It is
 * searched for unless `^` and `$` bind it. Throws Unclear for groups, alternatives, counts and flags.
 */
export function linearExpression(expression: string): TextSet {
  const begins = expression.startsWith('^');
  const ends = /(?:^|[^\\])(?:\\\\)*\$$/.test(expression);
  const body = expression.slice(begins ? 1 : 0, ends ? -1 : undefined);
  const parts: Part[] = [];
  const next = new RegExp(PIECE);
  while (next.lastIndex < body.length) {
    const found = next.exec(body);
    if (found === null)
      throw new Unclear(`the regular expression ${plain(expression, 200)} is not understood`);
    const [, escaped, negation, listed, dot, plainText, repeat] = found;
    const characters = classOf({ one: escaped ?? plainText, negation, listed, dot });
    if (repeat !== '*') parts.push({ characters, many: false });
    if (repeat !== '') parts.push({ characters, many: true });
  }
  return shape(`/${expression}/`, [...(begins ? [] : [RUN]), ...parts, ...(ends ? [] : [RUN])]);
}

function classOf(piece: {
  readonly one: string | undefined;
  readonly negation: string | undefined;
  readonly listed: string | undefined;
  readonly dot: string | undefined;
}): CharacterClass {
  const { one, negation, listed, dot } = piece;
  if (dot !== undefined) return { kind: 'none-of', characters: '\n' };
  if (listed === undefined) return { kind: 'one-of', characters: one ?? '' };
  return { kind: negation === '^' ? 'none-of' : 'one-of', characters: members(listed) };
}

/** The characters of a class such as `A-Za-z0-9._-`. */
function members(listed: string): string {
  const tokens = listed.match(/\\?./gs) ?? [];
  const all: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const from = bare(tokens[at]);
    const ranged = tokens[at + 1] === '-' && at + 2 < tokens.length;
    const to = ranged ? bare(tokens[at + 2]) : from;
    const [low, high] = [from.charCodeAt(0), to.charCodeAt(0)];
    if (low > high || high > 0x7f) throw new Unclear(`the class [${plain(listed, 60)}] is not understood`);
    for (let code = low; code <= high; code += 1) all.push(String.fromCharCode(code));
    if (ranged) at += 2;
  }
  return [...new Set(all)].sort().join('');
}

function bare(token = ''): string {
  return token.length > 1 ? token.slice(1) : token;
}
