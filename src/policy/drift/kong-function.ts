import { claimsFunction } from '../trust/kong-function.ts';
import { type Box, meet, OPEN, present } from './box.ts';
import { linearExpression } from './linear-expression.ts';
import { except, type TextSet, values } from './text-set.ts';
import { Unclear } from './unclear.ts';

const MARK = 'local ways = {\n';
const TEXT = '"(?:[^"\\\\]|\\\\[0-9]{3})*"';
const SET = `\\{ ((?:\\[${TEXT}\\] = true(?:, )?)*) \\}`;
const WANT = new RegExp(
  `^    \\{ claim = "([a-z_]+)", (?:only = ${SET}|pattern = (${TEXT})(?:, not_in = ${SET})?) \\},$`,
);

/**
 * What the pre-function of a service takes. Only the table of an unchanged function is read: Lua can say anything, so
 * for another program Unclear is thrown.
 */
export function functionBoxes(lua: string): readonly Box[] {
  const frame = claimsFunction([]);
  const at = frame.indexOf(MARK) + MARK.length;
  const [head, tail] = [frame.slice(0, at), frame.slice(at)];
  const text = `${lua.trimEnd()}\n`;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < frame.length) {
    throw new Unclear('the pre-function is not the one that is rendered');
  }
  const boxes: Map<string, ReturnType<typeof present>>[] = [];
  for (const line of text.slice(at, text.length - tail.length).split('\n')) {
    if (line === '  {') boxes.push(new Map());
    else if (line !== '  },' && line !== '') addWant(boxes.at(-1), line);
  }
  return boxes;
}

function addWant(box: Map<string, ReturnType<typeof present>> | undefined, line: string): void {
  const found = WANT.exec(line);
  if (found === null || box === undefined) throw new Unclear('a line of the pre-function is not understood');
  const [, claim = '', only, pattern, notIn] = found;
  box.set(claim, meet(box.get(claim) ?? OPEN, present(wanted(only, pattern, notIn))));
}

function wanted(only: string | undefined, pattern: string | undefined, notIn: string | undefined): TextSet {
  if (pattern === undefined) return values(...luaTexts(only ?? ''));
  const set = linearExpression(expressionOf(luaTexts(pattern)[0] ?? ''));
  return notIn === undefined ? set : except(set, values(...luaTexts(notIn)));
}

/** Texts of Lua 5.1, of which all but harmless characters are bytes of UTF-8 in three digits. */
function luaTexts(source: string): readonly string[] {
  return (source.match(new RegExp(TEXT, 'g')) ?? []).map((quoted) => {
    const bytes = quoted
      .slice(1, -1)
      .replace(/\\([0-9]{3})/g, (_, digits: string) => String.fromCharCode(Number(digits)));
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  });
}

/** The patterns that are rendered, in which `%` escapes; `.` stands in classes alone. */
function expressionOf(pattern: string): string {
  if (/%[A-Za-z0-9]/.test(pattern) || /[(){}|\\?]/.test(pattern)) {
    throw new Unclear('a pattern of the pre-function is not understood');
  }
  return pattern.replace(/%(.)/g, '\\$1');
}
