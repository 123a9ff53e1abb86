import { plain } from '../../untrusted.ts';
import { type Box, meetBoxes, present } from './box.ts';
import { type CelToken, celTokens } from './cel-tokens.ts';
import { values } from './text-set.ts';
import { Unclear } from './unclear.ts';

/** A piece of a mapped attribute: fixed text, or a claim. */
type Term = { readonly text: string } | { readonly claim: string };

const READINGS = 2000;

/** The claim that an attribute is, where it is nothing but that claim. Throws Unclear otherwise. */
export function mappedClaim(expression: string): string {
  const [only, ...more] = termsOf(expression);
  if (only === undefined || more.length > 0 || !('claim' in only)) {
    throw new Unclear(`the mapping ${plain(expression, 200)} is not understood`);
  }
  return only.claim;
}

/**
 * The tokens whose attribute is the text: an attribute that is joined from several claims can become the same text
 * in several ways, each a box. Throws Unclear for mappings other than `assertion.x + "/" + assertion.y`.
 */
export function mappedBoxes(expression: string, text: string): readonly Box[] {
  let readings: readonly Reading[] = [{ left: text, box: new Map() }];
  for (const term of termsOf(expression)) {
    readings = readings.flatMap((reading) => after(reading, term));
    if (readings.length > READINGS) {
      throw new Unclear(`the mapping ${plain(expression, 200)} has too many readings`);
    }
  }
  return readings.filter(({ left }) => left === '').map(({ box }) => box);
}

/** What of the text is left, and what the claims before it were taken to be. */
interface Reading {
  readonly left: string;
  readonly box: Box;
}

function after({ left, box }: Reading, term: Term): readonly Reading[] {
  if ('text' in term) return left.startsWith(term.text) ? [{ left: left.slice(term.text.length), box }] : [];
  return [...Array(left.length + 1).keys()].map((length) => {
    const own: Box = new Map([[term.claim, present(values(left.slice(0, length)))]]);
    return { left: left.slice(length), box: meetBoxes(box, own) };
  });
}

function termsOf(expression: string): readonly Term[] {
  const tokens = celTokens(expression);
  const terms: Term[] = [];
  let at = 0;
  for (;;) {
    const [first, dot, name] = tokens.slice(at, at + 3);
    if (first?.kind === 'text') {
      terms.push({ text: first.value });
      at += 1;
    } else if (is(first, 'assertion') && is(dot, '.') && name?.kind === 'name') {
      terms.push({ claim: name.value });
      at += 3;
    } else throw new Unclear(`the mapping ${plain(expression, 200)} is not understood`);
    if (at === tokens.length) return terms;
    if (!is(tokens[at], '+')) throw new Unclear(`the mapping ${plain(expression, 200)} is not understood`);
    at += 1;
  }
}

function is(token: CelToken | undefined, value: string): boolean {
  return token !== undefined && token.kind !== 'text' && token.value === value;
}
