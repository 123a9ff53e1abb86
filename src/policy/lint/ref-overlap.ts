import { globMatches } from '../glob.ts';
import type { RefClause } from '../policy.ts';

/** A ref that both clauses take; undefined when there is none. Exact: see `commonText` for two patterns. */
export function commonRef(a: RefClause, b: RefClause): string | undefined {
  if (a.kind === 'glob' && b.kind === 'glob') return commonText(a.pattern, b.pattern);
  if (a.kind === 'glob') return refs(b).find((value) => globMatches(a.pattern, value));
  if (b.kind === 'glob') return refs(a).find((value) => globMatches(b.pattern, value));
  const others = refs(b);
  return refs(a).find((value) => others.includes(value));
}

/** Any ref of a clause. */
export function someRef(clause: RefClause): string {
  return clause.kind === 'glob' ? clause.pattern.replaceAll('*', 'a') : (refs(clause)[0] ?? '');
}

function refs(clause: RefClause): readonly string[] {
  if (clause.kind === 'equals') return [clause.value];
  return clause.kind === 'one-of' ? clause.values : [];
}

/** A place in a pattern: the index of a character, and whether a star there has already taken one. */
interface Spot {
  readonly at: number;
  readonly taken: boolean;
}

/**
 * The shortest text that two patterns match, or undefined when none exists. Both are walked at once over every pair of places
 * that one text can lead to, as in the intersection of two finite automata, so the answer is exact and the walk ends.
 * Where both are at a star, one letter stands for all: nothing that another character allows is refused to it.
 */
export function commonText(a: string, b: string): string | undefined {
  if (!mayMeet(a, b)) return undefined;
  const seen = new Set<string>();
  const open: Pair[] = [{ a: { at: 0, taken: false }, b: { at: 0, taken: false }, text: '' }];
  // The list grows while it is walked, so that the shortest text is found first.
  for (const pair of open) {
    if (pair.a.at === a.length && pair.b.at === b.length) return pair.text;
    const key = `${pair.a.at},${pair.a.taken},${pair.b.at},${pair.b.taken}`;
    if (seen.has(key)) continue;
    seen.add(key);
    open.push(...pairsAfter(a, b, pair));
  }
  return undefined;
}

/** The literal heads and the literal tails must agree, and so in each part, for no star takes a slash. Most pairs end here. */
function mayMeet(a: string, b: string): boolean {
  if (!endsAgree(a, b)) return false;
  const [parts, others] = [a.split('/'), b.split('/')];
  if (parts.length !== others.length) return false;
  return parts.every((part, index) => endsAgree(part, others[index] ?? ''));
}

function endsAgree(a: string, b: string): boolean {
  if (a === b) return true;
  const [headA, headB] = [head(a), head(b)];
  if (!headA.startsWith(headB) && !headB.startsWith(headA)) return false;
  const [tailA, tailB] = [tail(a), tail(b)];
  return tailA.endsWith(tailB) || tailB.endsWith(tailA);
}

function head(pattern: string): string {
  const star = pattern.indexOf('*');
  return star === -1 ? pattern : pattern.slice(0, star);
}

function tail(pattern: string): string {
  return pattern.slice(pattern.lastIndexOf('*') + 1);
}

/** Where one text has led both patterns. */
interface Pair {
  readonly a: Spot;
  readonly b: Spot;
  readonly text: string;
}

function pairsAfter(a: string, b: string, pair: Pair): readonly Pair[] {
  const character = characterFor(a, pair.a, b, pair.b);
  if (character === undefined) return [];
  const text = pair.text + character;
  const inB = after(b, pair.b, character);
  return after(a, pair.a, character).flatMap((spot) => inB.map((other) => ({ a: spot, b: other, text })));
}

/** The one character worth trying: a literal where either has one. */
function characterFor(a: string, inA: Spot, b: string, inB: Spot): string | undefined {
  const [first, second] = [a[inA.at], b[inB.at]];
  if (first === undefined || second === undefined) return undefined;
  if (first !== '*') return first;
  return second === '*' ? 'a' : second;
}

/** Where a pattern can be after it has taken the character; nowhere when it does not take it. See glob.ts for the star. */
function after(pattern: string, { at, taken }: Spot, character: string): readonly Spot[] {
  const next = { at: at + 1, taken: false };
  if (pattern[at] !== '*') return pattern[at] === character ? [next] : [];
  const hidden = character === '.' && !taken && pattern[at - 1] === '/';
  return /[A-Za-z0-9._-]/.test(character) && !hidden ? [next, { at, taken: true }] : [];
}
