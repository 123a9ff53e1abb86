import { type Box, exampleIn, isEmpty, meet, OPEN, overlap, without } from './box.ts';
import { otherValue } from './other-value.ts';
import { Unclear } from './unclear.ts';

/** Claims of one token; null for a claim that it lacks. */
export type Witness = ReadonlyMap<string, string | null>;

/** Steps that one comparison may take. */
export interface Budget {
  left: number;
}

/**
 * A token of the box that is in none of the others; undefined when they cover it. The box is cut along the first of
 * them that it meets: what lies beside it, claim by claim, must be in the rest. `usual` are values that make the
 * token look like one that the policy allows. Throws Unclear when that takes too many steps.
 */
export function outside(
  box: Box,
  others: readonly Box[],
  usual: Witness,
  budget: Budget = { left: 20_000 },
): Witness | undefined {
  budget.left -= 1 + others.length;
  if (budget.left < 0) throw new Unclear('the two have too many alternatives to be compared');
  if (isEmpty(box)) return undefined;
  const [first, ...rest] = others.filter((other) => overlap(box, other) !== undefined);
  if (first === undefined) return witnessIn(box, usual);
  let inner = box;
  for (const [claim, taken] of first) {
    const own = inner.get(claim) ?? OPEN;
    const found = outside(new Map(inner).set(claim, without(own, taken)), rest, usual, budget);
    if (found !== undefined) return found;
    inner = new Map(inner).set(claim, meet(own, taken));
  }
  return undefined;
}

/** One token of a box that is not empty. */
function witnessIn(box: Box, usual: Witness): Witness {
  const claims = [...new Set([...usual.keys(), ...box.keys()])];
  return new Map(
    claims.map((claim) => {
      const wished = [usual.get(claim), otherValue(claim)].filter((value) => typeof value === 'string');
      return [claim, exampleIn(box.get(claim) ?? OPEN, wished) ?? null];
    }),
  );
}
