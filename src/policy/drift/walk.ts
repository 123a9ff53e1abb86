import type { CharacterClass, Leaf, Part, TextSet } from './text-set.ts';

/**
 * How far a text has got in a leaf; undefined when no continuation can be in it. For values it is what was read, for
 * a shape the numbers of the parts that may come next.
 */
export type Progress = string | undefined;

/** Before the first character. */
export function start(leaf: Leaf): Progress {
  return leaf.kind === 'values' ? '' : progress(leaf.parts, [0]);
}

/** After one more character. */
export function step(leaf: Leaf, from: Progress, character: string): Progress {
  if (from === undefined) return undefined;
  if (leaf.kind === 'values') {
    const read = from + character;
    return leaf.values.some((value) => value.startsWith(read)) ? read : undefined;
  }
  const next = positions(from).flatMap((at) => {
    const part = leaf.parts[at];
    return part !== undefined && hasCharacter(part.characters, character) ? [part.many ? at : at + 1] : [];
  });
  return next.length === 0 ? undefined : progress(leaf.parts, next);
}

/** Whether the text that was read is in the leaf. */
function complete(leaf: Leaf, at: Progress): boolean {
  if (at === undefined) return false;
  return leaf.kind === 'values' ? leaf.values.includes(at) : positions(at).includes(leaf.parts.length);
}

/** Whether the text that was read is in the set. */
export function holds(set: TextSet, at: ReadonlyMap<Leaf, Progress>): boolean {
  switch (set.kind) {
    case 'values':
    case 'shape':
      return complete(set, at.get(set));
    case 'not':
      return !holds(set.set, at);
    case 'all-of':
      return set.sets.every((each) => holds(each, at));
    case 'any-of':
      return set.sets.some((each) => holds(each, at));
  }
}

/** Whether what was read can still become a text of the set (`true`) or of its complement (`false`). */
export function canBecome(set: TextSet, at: ReadonlyMap<Leaf, Progress>, wanted: boolean): boolean {
  switch (set.kind) {
    case 'values':
    case 'shape':
      return !wanted || at.get(set) !== undefined;
    case 'not':
      return canBecome(set.set, at, !wanted);
    case 'all-of':
      return wanted
        ? set.sets.every((each) => canBecome(each, at, true))
        : set.sets.some((each) => canBecome(each, at, false));
    case 'any-of':
      return wanted
        ? set.sets.some((each) => canBecome(each, at, true))
        : set.sets.every((each) => canBecome(each, at, false));
  }
}

export function hasCharacter({ kind, characters }: CharacterClass, character: string): boolean {
  return characters.includes(character) === (kind === 'one-of');
}

/** A part that may be repeated may also be left out. */
function progress(parts: readonly Part[], from: readonly number[]): string {
  const reached = new Set<number>();
  for (let at of from) {
    reached.add(at);
    while (parts[at]?.many) {
      at += 1;
      reached.add(at);
    }
  }
  return [...reached].sort((a, b) => a - b).join(',');
}

function positions(at: string): readonly number[] {
  return at.split(',').map(Number);
}
