import { PassportError } from '../../errors.ts';

/** Places of patterns that are stepped from, times letters; a few seconds. */
const LIMIT = 1_000_000;

/** What a star stands for (glob.ts). */
const STAR = /[A-Za-z0-9._-]/;
const STAR_LETTERS = [...'xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'];

/** A ref, and the patterns that match it, by their places in the list given. */
export interface RefSample {
  readonly ref: string;
  readonly matched: readonly number[];
}

/**
 * One ref for every way in which a set of patterns can overlap: for each set of patterns that some ref matches
 * without matching the others, such a ref. Found by walking all patterns at once, one letter at a time
 * (the product of their automata), so a difference between two lists of patterns always has a sample.
 * @throws ERR_INPUT_INVALID when the patterns are too many to be walked
 */
export function refSamples(patterns: readonly string[]): readonly RefSample[] {
  const found = new Map<string, RefSample>();
  const seen = new Set<string>();
  let steps = 0;
  let wave: readonly Walk[] = [{ text: '', at: new Map(patterns.map((_, index) => [index, [0]])) }];
  while (wave.length > 0) {
    const next: Walk[] = [];
    for (const walk of wave) {
      note(walk, patterns, found);
      const letters = lettersAfter(walk, patterns);
      steps += walk.at.size * letters.length;
      if (steps > LIMIT) throw tooMany(patterns);
      next.push(...letters.map((letter) => after(walk, letter, patterns)).filter(isNew(seen)));
    }
    wave = next;
  }
  return [...found.values()];
}

function after({ text, at }: Walk, letter: string, patterns: readonly string[]): Walk {
  const next = new Map<number, readonly number[]>();
  for (const [index, places] of at) {
    const stepped = step(patterns[index] ?? '', places, letter);
    if (stepped.length > 0) next.set(index, stepped);
  }
  return { text: text + letter, at: next };
}

/** Whether a walk can still end, and no shorter one stands where it does. */
function isNew(seen: Set<string>): (walk: Walk) => boolean {
  return ({ at }) => {
    const key = [...at].join('|');
    if (at.size === 0 || seen.has(key)) return false;
    seen.add(key);
    return true;
  };
}

interface Walk {
  readonly text: string;
  /** For each pattern that can still match, where in it the text can stand; `n + 0.5` is inside the star at `n`. */
  readonly at: ReadonlyMap<number, readonly number[]>;
}

function note({ text, at }: Walk, patterns: readonly string[], found: Map<string, RefSample>): void {
  // A pattern has ended behind its last character, or inside a star that is its last.
  const ended = ([index, places]: readonly [number, readonly number[]]) =>
    places.some((place) => place >= (patterns[index]?.length ?? 0) - 0.5);
  const matched = [...at].filter(ended).map(([index]) => index);
  const key = matched.join();
  if (matched.length > 0 && !found.has(key)) found.set(key, { ref: text, matched });
}

/** The letters that a pattern waits for; where a star is open also a dot, and one letter that only a star can take. */
function lettersAfter({ at }: Walk, patterns: readonly string[]): readonly string[] {
  const waits = [...at].flatMap(([index, places]) =>
    places.map((place) => ({
      inStar: !Number.isInteger(place),
      letter: patterns[index]?.[Math.ceil(place)],
    })),
  );
  const star = waits.some(({ inStar, letter }) => inStar || letter === '*');
  const letters = new Set(waits.flatMap(({ letter = '*' }) => (letter === '*' ? [] : letter)));
  const other = STAR_LETTERS.find((letter) => !letters.has(letter));
  return star ? [...letters.add('.'), ...(other ?? '')] : [...letters];
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
