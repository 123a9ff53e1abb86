import type { Box } from './boxes.ts';
import type { ClaimSpace, Dimension } from './claim-space.ts';

/** Identities that the same rules hold for. */
export interface HeldBox {
  readonly box: Box;
  /** Places of the rules, as in the space. */
  readonly holding: readonly number[];
}

/**
 * All identities that a changed rule may hold for, dimension by dimension; values that the rules left so far treat alike
 * stay together. Where only unchanged rules are left, both versions decide the same, and the walk ends.
 */
export function* differingBoxes(
  space: ClaimSpace,
  rules: readonly number[],
  changed: ReadonlySet<number>,
  spend: (work: number) => void,
  box: Box = [],
): Generator<HeldBox> {
  const dimension = space[box.length];
  if (dimension === undefined) {
    yield { box, holding: rules };
    return;
  }
  for (const { values, left } of partsOf(dimension, rules, spend)) {
    if (left.some((rule) => changed.has(rule))) {
      yield* differingBoxes(space, left, changed, spend, [...box, values]);
    }
  }
}

interface Part {
  readonly values: number[];
  readonly left: readonly number[];
}

function partsOf(
  { classes }: Dimension,
  rules: readonly number[],
  spend: (work: number) => void,
): Iterable<Part> {
  const alive = new Set(rules);
  const parts = new Map<string, Part>();
  for (const [at, { holds }] of classes.entries()) {
    const [few, many] = holds.size < alive.size ? [holds, alive] : [alive, holds];
    spend(1 + few.size);
    const left = [...few].filter((rule) => many.has(rule));
    const key = left.join();
    const known = parts.get(key);
    if (known === undefined) parts.set(key, { values: [at], left });
    else known.values.push(at);
  }
  return parts.values();
}
