import { type Box, overlap, present } from './box.ts';
import type { Condition } from './cel-condition.ts';
import { ANYTHING, except } from './text-set.ts';
import { Unclear } from './unclear.ts';

/** More alternatives than this are not compared. */
const LIMIT = 500;

/**
 * A condition as boxes, one for each way to meet it. `claimOf` names the claim that a path stands for, or throws
 * Unclear. A claim under a negation must be there all the same: to look at a missing one is an error.
 */
export function conditionBoxes(
  condition: Condition,
  claimOf: (path: string) => string,
  negated = false,
): readonly Box[] {
  switch (condition.kind) {
    case 'test': {
      const texts = negated ? except(ANYTHING, condition.texts) : condition.texts;
      return [new Map([[claimOf(condition.path), present(texts)]])];
    }
    case 'not':
      return conditionBoxes(condition.part, claimOf, !negated);
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => conditionBoxes(part, claimOf, negated));
      return (condition.kind === 'and') === negated
        ? limited(parts.flat())
        : parts.reduce(product, [new Map()]);
    }
  }
}

/** Every pair that some token is in. */
export function product(left: readonly Box[], right: readonly Box[]): readonly Box[] {
  if (left.length * right.length > LIMIT * 20) throw new Unclear('the condition has too many alternatives');
  return limited(
    left.flatMap((one) => right.map((other) => overlap(one, other)).filter((box) => box !== undefined)),
  );
}

function limited(boxes: readonly Box[]): readonly Box[] {
  if (boxes.length > LIMIT) throw new Unclear('the condition has too many alternatives');
  return boxes;
}
