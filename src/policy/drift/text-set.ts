import { Unclear } from './unclear.ts';

/** Characters by a list: those in it, or all others. */
export interface CharacterClass {
  readonly kind: 'one-of' | 'none-of';
  readonly characters: string;
}

/** One character of the class, or as many as one likes, none too. */
export interface Part {
  readonly characters: CharacterClass;
  readonly many: boolean;
}

/** Texts that a claim may be, closed under and, or and not, so that any two sets can be compared. */
export type TextSet =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  /** Texts that are made of these parts, one after the other; `shown` is how people write it. */
  | { readonly kind: 'shape'; readonly shown: string; readonly parts: readonly Part[] }
  | { readonly kind: 'all-of'; readonly sets: readonly TextSet[] }
  | { readonly kind: 'any-of'; readonly sets: readonly TextSet[] }
  | { readonly kind: 'not'; readonly set: TextSet };

export type Leaf = Extract<TextSet, { kind: 'values' | 'shape' }>;

/** More than this is no list or pattern that a person reviews, and takes long to compare. */
export const LONGEST = 2000;

const EVERY: CharacterClass = { kind: 'none-of', characters: '' };
const ONE: Part = { characters: EVERY, many: false };
const RUN: Part = { characters: EVERY, many: true };

/** Any text, the empty one too. */
export const ANYTHING: TextSet = shape('anything', [RUN]);

/** Throws Unclear for a list that is too long, as `shape` does. */
export function values(...texts: readonly string[]): TextSet {
  if (texts.length > LONGEST) throw new Unclear(`a list has more than ${LONGEST} values`);
  return { kind: 'values', values: texts };
}

export function shape(shown: string, parts: readonly Part[]): TextSet {
  if (parts.length > LONGEST) throw new Unclear(`a pattern has more than ${LONGEST} characters`);
  return { kind: 'shape', shown, parts };
}

export function both(left: TextSet, right: TextSet): TextSet {
  if (left === ANYTHING || keyOf(left) === keyOf(right)) return right;
  if (right === ANYTHING) return left;
  if (left.kind === 'values' && right.kind === 'values') return kept(left, right, true);
  return { kind: 'all-of', sets: [left, right] };
}

export function except(left: TextSet, right: TextSet): TextSet {
  if (left.kind === 'values' && right.kind === 'values') return kept(left, right, false);
  return both(left, { kind: 'not', set: right });
}

type Listed = Extract<TextSet, { kind: 'values' }>;

/** The values that are, or are not, in the other list. */
function kept(left: Listed, right: Listed, wanted: boolean): TextSet {
  const others = new Set(right.values);
  return values(...left.values.filter((value) => others.has(value) === wanted));
}

/** A text as parts, each of one character. */
export function literal(text: string, ignoreCase = false): readonly Part[] {
  return text.split('').map((character) => ({
    characters: { kind: 'one-of', characters: ignoreCase ? bothCases(character) : character },
    many: false,
  }));
}

/**
 * A pattern with `*` for any run of characters, and `?` for any one if `single` says so: StringLike of IAM, `matches`
 * of Entra, globs of Vault (`*` alone).
 */
export function wildcard(pattern: string, single: boolean): TextSet {
  if (!pattern.includes('*') && !(single && pattern.includes('?'))) return values(pattern);
  const parts = pattern
    .replace(/\*+/g, '*')
    .split('')
    .flatMap((character) => {
      if (character === '*') return [RUN];
      return character === '?' && single ? [ONE] : literal(character);
    });
  return shape(pattern, parts);
}

/** A text in any case of its letters. Source: IAM, StringEqualsIgnoreCase. */
export function anyCase(text: string): TextSet {
  return shape(`${text} in any case`, literal(text, true));
}

/** The same text for sets that are written alike: shapes by their parts, lists whatever their order. */
export function keyOf(set: TextSet): string {
  const known = KEYS.get(set);
  if (known !== undefined) return known;
  const key = writtenKey(set);
  KEYS.set(set, key);
  return key;
}

const KEYS = new WeakMap<TextSet, string>();

function writtenKey(set: TextSet): string {
  switch (set.kind) {
    case 'values':
      return JSON.stringify([...new Set(set.values)].sort());
    case 'shape':
      return JSON.stringify(
        set.parts.map(({ characters: { kind, characters }, many }) => [kind, characters, many]),
      );
    case 'not':
      return `!${keyOf(set.set)}`;
    case 'all-of':
    case 'any-of':
      return JSON.stringify([set.kind, ...set.sets.map(keyOf).sort()]);
  }
}

/** A set in words. */
export function shownSet(set: TextSet): string {
  switch (set.kind) {
    case 'values':
      return set.values.length === 0 ? 'nothing' : [...set.values].join(' or ');
    case 'shape':
      return set.shown;
    case 'not':
      return `not (${shownSet(set.set)})`;
    case 'all-of':
      return set.sets.map(shownSet).join(' and ');
    case 'any-of':
      return set.sets.map(shownSet).join(' or ');
  }
}

/** The parts of a set that are not made of others, in order. */
export function leavesOf(set: TextSet): readonly Leaf[] {
  switch (set.kind) {
    case 'values':
    case 'shape':
      return [set];
    case 'not':
      return leavesOf(set.set);
    case 'all-of':
    case 'any-of':
      return set.sets.flatMap(leavesOf);
  }
}

function bothCases(character: string): string {
  return [...new Set([character.toLowerCase(), character.toUpperCase()])]
    .filter(({ length }) => length === 1)
    .join('');
}
