import type { ClaimName } from '../../identity/claims.ts';
import { type Accepted, type Alternative, readable } from '../trust/model.ts';
import { contains, exampleOf } from './example.ts';
import { ANYTHING, both, except, literal, type Part, shape, type TextSet, values } from './text-set.ts';

/** What one claim may be, and whether it may be missing. */
export interface ClaimSet {
  readonly texts: TextSet;
  readonly absent: boolean;
}

/** Tokens whose every named claim is in its set. A claim that is not named may be anything, or missing. */
export type Box = ReadonlyMap<string, ClaimSet>;

/** Anything, or missing. */
export const OPEN: ClaimSet = { texts: ANYTHING, absent: true };

export function present(texts: TextSet): ClaimSet {
  return { texts, absent: false };
}

export function boxOf(alternative: Alternative): Box {
  return new Map([...alternative].map(([claim, accepted]) => [claim, present(textsOf(claim, accepted))]));
}

export function meet(left: ClaimSet, right: ClaimSet): ClaimSet {
  return { texts: both(left.texts, right.texts), absent: left.absent && right.absent };
}

export function without(left: ClaimSet, right: ClaimSet): ClaimSet {
  return { texts: except(left.texts, right.texts), absent: left.absent && !right.absent };
}

/** The tokens that are in both. */
export function meetBoxes(left: Box, right: Box): Box {
  const met = new Map(left);
  for (const [claim, set] of right) met.set(claim, meet(met.get(claim) ?? OPEN, set));
  return met;
}

/** The tokens that are in both; undefined when there are none. */
export function overlap(left: Box, right: Box): Box | undefined {
  for (const [claim, { texts, absent }] of right) {
    const own = left.get(claim);
    const listed = own?.texts.kind === 'values' && texts.kind === 'values' && !(own.absent && absent);
    if (listed && exampleOf(both(own.texts, texts)) === undefined) return undefined;
  }
  const met = meetBoxes(left, right);
  return isEmpty(met) ? undefined : met;
}

/** A value of the set, one of the wished if it can be; null for a missing claim, undefined when there is none. */
export function exampleIn(set: ClaimSet, wished: readonly string[] = []): string | null | undefined {
  const text = wished.find((each) => contains(set.texts, each)) ?? exampleOf(set.texts);
  return text ?? (set.absent ? null : undefined);
}

/** Whether no token is in the box. */
export function isEmpty(box: Box): boolean {
  return [...box.values()].some((set) => exampleIn(set) === undefined);
}

function textsOf(claim: ClaimName, accepted: Accepted): TextSet {
  switch (accepted.kind) {
    case 'values':
      return values(...accepted.values);
    case 'prefix':
      return prefixTexts(accepted.prefix);
    case 'pattern':
      return globTexts(accepted.pattern);
    case 'except':
      return except(readableTexts(claim), values(...accepted.values));
  }
}

/** What follows is printable, as the rest of the text must be. */
function prefixTexts(prefix: string): TextSet {
  if (prefix === '') return PRINTABLE_TEXT;
  const rest = many(PRINTABLE);
  return prefix.split('').every((character) => PRINTABLE.includes(character))
    ? shape(`${prefix}…`, [...literal(prefix), rest])
    : values();
}

/** The pattern of a ref, see glob.ts. */
function globTexts(pattern: string): TextSet {
  const pieces = pattern.split('*');
  if (pieces.length > 3) return values();
  const parts = pieces.flatMap((piece, at) => {
    if (at === pieces.length - 1) return literal(piece);
    const first = piece.endsWith('/') ? STAR.replace('.', '') : STAR;
    return [...literal(piece), one(first), many(STAR)];
  });
  return pieces.length === 1 ? values(pattern) : shape(pattern, parts);
}

function readableTexts(claim: ClaimName): TextSet {
  return readable(claim).test('x') ? PRINTABLE_TEXT : shape('an id', [one('123456789'), many('0123456789')]);
}

function one(characters: string): Part {
  return { characters: { kind: 'one-of', characters }, many: false };
}

function many(characters: string): Part {
  return { characters: { kind: 'one-of', characters }, many: true };
}

const PRINTABLE = String.fromCharCode(...[...Array(95).keys()].map((at) => at + 32));
const PRINTABLE_TEXT = shape('printable ASCII', [one(PRINTABLE), many(PRINTABLE)]);
/** In the order of their codes, as everywhere here. */
const STAR = '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
