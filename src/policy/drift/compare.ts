import { type Box, type ClaimSet, exampleIn, isEmpty, OPEN, without } from './box.ts';
import { outside, type Witness } from './outside.ts';
import { shownSet } from './text-set.ts';
import { Unclear } from './unclear.ts';

/** One claim for which the two differ, in words. */
export interface ClaimDrift {
  readonly claim: string;
  readonly policy: string;
  readonly deployed: string;
}

/** How two sets of tokens differ: a token of one that is not in the other, where there is one. */
export interface Comparison {
  /** Taken by what is deployed, and not by the policy. */
  readonly wider?: Witness;
  /** Taken by the policy, and not by what is deployed. */
  readonly narrower?: Witness;
  readonly claims: readonly ClaimDrift[];
  /** Why it could not be decided. */
  readonly unclear?: string;
}

/** Alternatives of one principal that are compared. */
const MOST = 1000;

/** Compares what is deployed with the policy, token by token and not as text. Exact, or `unclear`. */
export function compareBoxes(deployed: readonly Box[], policy: readonly Box[]): Comparison {
  try {
    if (deployed.length > MOST) throw new Unclear(`there are more than ${MOST} alternatives`);
    const usual = usualToken(policy, deployed);
    const wider = firstOutside(deployed, policy, usual);
    const narrower = firstOutside(policy, deployed, usual);
    const claims = wider || narrower ? claimDrift(deployed, policy) : [];
    return { ...(wider && { wider }), ...(narrower && { narrower }), claims };
  } catch (cause) {
    if (cause instanceof Unclear) return { claims: [], unclear: cause.message };
    throw cause;
  }
}

function firstOutside(boxes: readonly Box[], others: readonly Box[], usual: Witness): Witness | undefined {
  for (const box of boxes) {
    const found = outside(box, others, usual);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A token that the policy allows, as far as claims are named: witnesses differ from it where they must. */
function usualToken(policy: readonly Box[], deployed: readonly Box[]): Witness {
  const [first] = policy;
  const claims = [...new Set([...policy, ...deployed].flatMap((box) => [...box.keys()]))];
  return new Map(claims.map((claim) => [claim, exampleIn(first?.get(claim) ?? OPEN) ?? null]));
}

/** The claims that make the difference, over the alternatives that only one of the two has. */
function claimDrift(deployed: readonly Box[], policy: readonly Box[]): readonly ClaimDrift[] {
  const own = withoutTwins(deployed, policy);
  const wanted = withoutTwins(policy, deployed);
  const names = [...new Set([...wanted, ...own].flatMap((box) => [...box.keys()]))];
  return names.flatMap((claim) => {
    const left = unionOf(wanted, claim);
    const right = unionOf(own, claim);
    if (sameSet(left, right)) return [];
    return [{ claim, policy: shownClaim(left), deployed: shownClaim(right) }];
  });
}

/** The boxes that no other box equals. */
function withoutTwins(boxes: readonly Box[], others: readonly Box[]): readonly Box[] {
  const none: Witness = new Map();
  const live = boxes.filter((box) => !isEmpty(box));
  if (live.length * others.length > 400) return live;
  return live.filter(
    (box) => !others.some((other) => !outside(box, [other], none) && !outside(other, [box], none)),
  );
}

function unionOf(boxes: readonly Box[], claim: string): ClaimSet {
  const sets = boxes.map((box) => box.get(claim) ?? OPEN);
  const texts = new Map(sets.map((set) => [shownSet(set.texts), set.texts]));
  return {
    texts:
      texts.size === 1
        ? ([...texts.values()][0] ?? OPEN.texts)
        : { kind: 'any-of', sets: [...texts.values()] },
    absent: sets.some(({ absent }) => absent),
  };
}

function sameSet(left: ClaimSet, right: ClaimSet): boolean {
  return exampleIn(without(left, right)) === undefined && exampleIn(without(right, left)) === undefined;
}

function shownClaim({ texts, absent }: ClaimSet): string {
  const text = shownSet(texts);
  if (text === '') return 'nothing';
  if (!absent) return text;
  return text === 'anything' ? 'not looked at' : `${text}, or missing`;
}
