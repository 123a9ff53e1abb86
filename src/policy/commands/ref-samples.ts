import { PassportError } from '../../errors.ts';
import { globMatches } from '../glob.ts';

/** States of the walk; real policies need a few dozen. */
const LIMIT = 5_000;

/** What a star stands for (glob.ts). */
const STAR = /[A-Za-z0-9._-]/;

/**
 * One ref for every way in which a set of patterns can overlap: for each set of patterns that some ref matches
 * without matching the others, such a ref. Found by walking all patterns at once, one letter at a time
 * (the product of their automata), so a difference between two lists of patterns always has a sample.
 * @throws ERR_INPUT_INVALID when the patterns are too many to be walked
 */
export function refSamples(patterns: readonly string[]): readonly string[] {
  const letters = alphabet(patterns);
  const found = new Map<string, string>();
  const seen = new Set<string>();
  let wave: readonly Walk[] = [{ text: '', at: patterns.map(() => [0]) }];
  while (wave.length > 0) {
    for (const { text } of wave) note(text, patterns, found);
    wave = wave.flatMap((walk) => letters.map((letter) => after(walk, letter, patterns))).filter(isNew(seen));
    if (seen.size > LIMIT) throw tooMany(patterns);
  }
  return [...found.values()];
}

function after(walk: Walk, letter: string, patterns: readonly string[]): Walk {
  return {
    text: walk.text + letter,
    at: walk.at.map((places, index) => step(patterns[index] ?? '', places, letter)),
  };
}

/** Whether a walk can still end, and no shorter one stands where it does. */
function isNew(seen: Set<string>): (walk: Walk) => boolean {
  return ({ at }) => {
    const key = at.join('|');
    if (seen.has(key) || at.every((places) => places.length === 0)) return false;
    seen.add(key);
    return true;
  };
}

interface Walk {
  readonly text: string;
  /** For each pattern, where in it the text can stand; `n + 0.5` is inside the star at `n`. */
  readonly at: readonly (readonly number[])[];
}

function note(text: string, patterns: readonly string[], found: Map<string, string>): void {
  const matched = patterns.map((pattern) => globMatches(pattern, text));
  const key = matched.join();
  if (matched.includes(true) && !found.has(key)) found.set(key, text);
}

/** The letters of the patterns, a dot, and one letter that only a star can take. */
function alphabet(patterns: readonly string[]): readonly string[] {
  const used = new Set([...patterns.join('').replaceAll('*', ''), '.']);
  const other = [...'xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'].find(
    (letter) => !used.has(letter),
  );
  return other === undefined ? [...used] : [other, ...used];
}

function step(pattern: string, places: readonly number[], letter: string): readonly number[] {
  const next = places.flatMap((place) =>
    Number.isInteger(place) ? atPlace(pattern, place, letter) : inStar(pattern, place, letter),
  );
  return [...new Set(next)].sort((a, b) => a - b);
}

function atPlace(pattern: string, place: number, letter: string): readonly number[] {
  if (pattern[place] !== '*') return pattern[place] === letter ? [place + 1] : [];
  const hidden = letter === '.' && pattern[place - 1] === '/';
  return STAR.test(letter) && !hidden ? [place + 0.5] : [];
}

function inStar(pattern: string, place: number, letter: string): readonly number[] {
  const end = pattern[place + 0.5] === letter ? [place + 1.5] : [];
  return STAR.test(letter) ? [place, ...end] : end;
}

function tooMany(patterns: readonly string[]): PassportError {
  return new PassportError(
    'ERR_INPUT_INVALID',
    `${patterns.length} patterns of refs overlap too often to be compared`,
    {
      hint: 'Write fewer `ref.glob` for one environment of a repository.',
    },
  );
}
