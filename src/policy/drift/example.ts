import { type CharacterClass, keyOf, type Leaf, leavesOf, type TextSet } from './text-set.ts';
import { Unclear } from './unclear.ts';
import { canBecome, hasCharacter, holds, type Progress, start, step } from './walk.ts';

/** Characters of states that one search may look at: more is no answer in reasonable time. */
const LIMIT = 1_000_000;

/** Whether the text is in the set. */
export function contains(set: TextSet, text: string): boolean {
  const at = new Map(leavesOf(set).map((leaf) => [leaf, afterText(leaf, text)]));
  return holds(set, at);
}

/**
 * A text of the set, a shortest one unless the set is a list; undefined when it has none. Every leaf is a finite
 * automaton, so walking all of them side by side visits each combination of states once, and the answer is exact.
 * Throws Unclear when there are too many.
 */
export function exampleOf(set: TextSet): string | undefined {
  if (set.kind === 'values') return set.values[0];
  const known = EXAMPLES.get(set);
  if (known !== undefined) return known.text;
  const text = search(set);
  EXAMPLES.set(set, { text });
  return text;
}

const EXAMPLES = new WeakMap<TextSet, { readonly text: string | undefined }>();

function search(set: TextSet): string | undefined {
  if (contradicts(set)) return undefined;
  const listed = listOf(set);
  if (listed !== undefined) return listed.find((text) => contains(set, text));
  return shortest(set);
}

function shortest(set: TextSet): string | undefined {
  const leaves = leavesOf(set);
  const letters = alphabet(leaves);
  const first = begin(leaves);
  const queue = [{ text: '', at: first }];
  const seen = new Set([key(first)]);
  let work = 0;
  for (const { text, at } of queue) {
    if (holds(set, at)) return text;
    for (const letter of letters) {
      const then = advance(at, letter);
      const name = key(then);
      work += name.length;
      if (seen.has(name) || !canBecome(set, then, true)) continue;
      seen.add(name);
      queue.push({ text: text + letter, at: then });
    }
    if (work > LIMIT) throw new Unclear('two patterns are too long to be compared');
  }
  return undefined;
}

/** A list is asked for the whole text at once. */
function afterText(leaf: Leaf, text: string): Progress {
  if (leaf.kind === 'values') return leaf.values.includes(text) ? text : undefined;
  return text.split('').reduce((at: Progress, character) => step(leaf, at, character), start(leaf));
}

/** Whether a set wants something and its contrary, as they are written: the usual end of comparing two that are alike. */
function contradicts(set: TextSet): boolean {
  const parts = conjuncts(set);
  const keys = new Set(parts.map(keyOf));
  return parts.some(
    (part) => part.kind === 'not' && conjuncts(part.set).every((each) => keys.has(keyOf(each))),
  );
}

function conjuncts(set: TextSet): readonly TextSet[] {
  return set.kind === 'all-of' ? set.sets.flatMap(conjuncts) : [set];
}

/** Texts among which every text of the set is; undefined when there is no such list. */
function listOf(set: TextSet): readonly string[] | undefined {
  if (set.kind === 'values') return set.values;
  if (set.kind === 'all-of') return set.sets.map(listOf).find((list) => list !== undefined);
  if (set.kind !== 'any-of') return undefined;
  const lists = set.sets.map(listOf);
  return lists.includes(undefined) ? undefined : lists.flatMap((list) => list ?? []);
}

type Walk = ReadonlyMap<Leaf, Progress>;

function begin(leaves: readonly Leaf[]): Walk {
  return new Map(leaves.map((leaf) => [leaf, start(leaf)]));
}

function advance(at: Walk, character: string): Walk {
  return new Map([...at].map(([leaf, from]) => [leaf, step(leaf, from, character)]));
}

function key(at: Walk): string {
  return JSON.stringify([...at.values()].map((progress) => progress ?? null));
}

/** One character for each way in which characters differ to the leaves; all others behave like one of these. */
function alphabet(leaves: readonly Leaf[]): readonly string[] {
  const classes = new Map<string, CharacterClass>();
  for (const leaf of leaves) {
    const parts = leaf.kind === 'shape' ? leaf.parts.map(({ characters }) => characters) : [];
    for (const each of parts) classes.set(`${each.kind} ${each.characters}`, each);
  }
  const listed = leaves.flatMap((leaf) => (leaf.kind === 'values' ? leaf.values : []));
  const named = new Set(
    [...listed, ...[...classes.values()].map(({ characters }) => characters)].join('').split(''),
  );
  const inValues = new Set(listed.join('').split(''));
  const kinds = new Map<string, string>();
  for (const character of [...COMMON, ...named, unnamed(named)]) {
    const own = inValues.has(character) ? character : '';
    const kind = [...classes.values()].map((each) => (hasCharacter(each, character) ? '1' : '0')).join('');
    if (!kinds.has(own + kind)) kinds.set(own + kind, character);
  }
  return [...kinds.values()];
}

const COMMON = 'xabcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@ ';

/** A character that nothing names, outside of ASCII. */
function unnamed(named: ReadonlySet<string>): string {
  let code = 0xe9;
  while (named.has(String.fromCharCode(code))) code += 1;
  return String.fromCharCode(code);
}
