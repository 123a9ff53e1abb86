import { plain } from '../../untrusted.ts';
import { type CelToken, celTokens } from './cel-tokens.ts';
import { linearExpression } from './linear-expression.ts';
import { ANYTHING, LONGEST, literal, type Part, shape, type TextSet, values } from './text-set.ts';
import { Unclear } from './unclear.ts';

/** A condition on the claims of a token. A claim that is missing makes its part an error, which is a refusal. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  /** `path` as it is written, such as `assertion.ref`. */
  | { readonly kind: 'test'; readonly path: string; readonly texts: TextSet };

/** Deeper brackets than this are no condition that a person wrote. */
const DEPTH = 40;

interface Cursor {
  readonly tokens: readonly CelToken[];
  at: number;
}

/**
 * Reads the part of CEL that says which texts a claim may be: `==`, `!=`, `in`, `&&`, `||`, `!`, startsWith, endsWith,
 * contains, and `matches` without alternatives. Throws Unclear for everything else.
 */
export function celCondition(expression: string): Condition {
  const cursor: Cursor = { tokens: celTokens(expression), at: 0 };
  const condition = either(cursor, 0);
  if (cursor.at < cursor.tokens.length) unread(cursor);
  return condition;
}

function either(cursor: Cursor, depth: number): Condition {
  return joined(cursor, '||', 'or', () => joined(cursor, '&&', 'and', () => negated(cursor, depth)));
}

function joined(cursor: Cursor, mark: string, kind: 'and' | 'or', read: () => Condition): Condition {
  const parts = [read()];
  while (take(cursor, mark)) parts.push(read());
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind, parts };
}

function negated(cursor: Cursor, depth: number): Condition {
  if (depth > DEPTH) throw new Unclear('the expression has too many brackets');
  if (take(cursor, '!')) return { kind: 'not', part: operand(cursor, depth + 1) };
  if (!take(cursor, '(')) return comparison(cursor);
  const inner = either(cursor, depth + 1);
  need(cursor, ')');
  return inner;
}

/** `!` binds tighter than a comparison does. */
function operand(cursor: Cursor, depth: number): Condition {
  const bracket = isMark(cursor, '(') || isMark(cursor, '!');
  return bracket ? negated(cursor, depth) : call(cursor, path(cursor));
}

function comparison(cursor: Cursor): Condition {
  const first = cursor.tokens[cursor.at];
  if (first?.kind === 'text') {
    cursor.at += 1;
    const differs = take(cursor, '!=');
    if (!differs) need(cursor, '==');
    return test(path(cursor), values(first.value), differs);
  }
  const names = path(cursor);
  if (take(cursor, '==')) return test(names, values(text(cursor)), false);
  if (take(cursor, '!=')) return test(names, values(text(cursor)), true);
  if (take(cursor, 'in')) return test(names, values(...list(cursor)), false);
  return call(cursor, names);
}

function test(names: readonly string[], texts: TextSet, differs: boolean): Condition {
  const each: Condition = { kind: 'test', path: names.join('.'), texts };
  return differs ? { kind: 'not', part: each } : each;
}

const RUN: readonly Part[] = ANYTHING.kind === 'shape' ? ANYTHING.parts : [];
const METHODS: Readonly<Record<string, (argument: string) => TextSet>> = {
  startsWith: (start) => shape(`${start}…`, [...literal(start), ...RUN]),
  endsWith: (end) => shape(`…${end}`, [...RUN, ...literal(end)]),
  contains: (middle) => shape(`…${middle}…`, [...RUN, ...literal(middle), ...RUN]),
  matches: linearExpression,
};

/** `assertion.claim.method("…")` */
function call(cursor: Cursor, names: readonly string[]): Condition {
  const method = METHODS[names.at(-1) ?? ''];
  if (method === undefined || names.length < 2 || !take(cursor, '(')) return unread(cursor);
  const argument = text(cursor);
  need(cursor, ')');
  return test(names.slice(0, -1), method(argument), false);
}

function path(cursor: Cursor): readonly string[] {
  const names = [name(cursor)];
  while (take(cursor, '.')) names.push(name(cursor));
  return names;
}

function list(cursor: Cursor): readonly string[] {
  need(cursor, '[');
  if (take(cursor, ']')) return [];
  const texts = [text(cursor)];
  while (take(cursor, ',')) texts.push(text(cursor));
  if (texts.length > LONGEST) throw new Unclear(`a list has more than ${LONGEST} values`);
  need(cursor, ']');
  return texts;
}

function text(cursor: Cursor): string {
  return ofKind(cursor, 'text');
}

function name(cursor: Cursor): string {
  return ofKind(cursor, 'name');
}

function ofKind(cursor: Cursor, kind: CelToken['kind']): string {
  const token = cursor.tokens[cursor.at];
  if (token?.kind !== kind) return unread(cursor);
  cursor.at += 1;
  return token.value;
}

function take(cursor: Cursor, value: string): boolean {
  const found = isMark(cursor, value);
  if (found) cursor.at += 1;
  return found;
}

function isMark({ tokens, at }: Cursor, value: string): boolean {
  const token = tokens[at];
  return token !== undefined && token.kind !== 'text' && token.value === value;
}

function need(cursor: Cursor, value: string): void {
  if (!take(cursor, value)) unread(cursor);
}

function unread({ tokens, at }: Cursor): never {
  const token = tokens[at];
  throw new Unclear(
    token === undefined
      ? 'the expression ends too early'
      : `the expression is not understood at ${plain(token.value, 60)}`,
  );
}
