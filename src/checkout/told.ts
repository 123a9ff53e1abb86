import { type CheckoutClause, clauseWord } from './clause.ts';
import {
  type Against,
  type Checkout,
  type Compared,
  type Differences,
  isTokenCommit,
  type NotCompared,
} from './observed.ts';

/** Names of one kind: how many, and the first of them. */
export interface Names {
  readonly count: number;
  readonly names: readonly string[];
}

/** The checkout as a record has it. */
export interface CheckoutTold {
  readonly clause: ReturnType<typeof clauseWord>;
  /** Observed: every compared file is that of the token's commit, and HEAD says the same where it can be read. */
  readonly matchesToken: boolean;
  /** What the checkout says of itself. */
  readonly head?: string;
  readonly compared?: {
    readonly commit: string;
    readonly of: Against['kind'];
    readonly submodule?: string;
    readonly repository?: string;
    readonly same: number;
    readonly lineEndings: number;
    readonly lfs: number;
    readonly absent: number;
    readonly differences: { readonly [kind in keyof Differences]: Names };
  };
  readonly unknown?: { readonly reason: string; readonly why: string };
  /** Files that dbt reads and that were others after it had ended; absent where that was not looked at, or not to be seen. */
  readonly changedInRun?: Names;
}

/** A checkout and the clause that it was held against. */
export interface CheckoutFact {
  readonly observed: Checkout;
  readonly clause: CheckoutClause;
}

/** @param changed files that were others when dbt had ended; null when that could not be seen */
export function checkoutTold(
  { observed, clause }: CheckoutFact,
  changed: readonly string[] | null = null,
): CheckoutTold {
  return {
    clause: clauseWord(clause),
    matchesToken: isTokenCommit(observed),
    ...(observed.head !== '' && { head: observed.head }),
    ...(observed.kind === 'compared'
      ? { compared: comparedTold(observed) }
      : { unknown: unknownTold(observed) }),
    ...(changed && { changedInRun: names(changed) }),
  };
}

function unknownTold({ reason, why }: NotCompared) {
  return { reason, why };
}

function comparedTold(checkout: Compared): NonNullable<CheckoutTold['compared']> {
  const { commit, against, same, lineEndings, lfs, absent, differences } = checkout;
  const { modified, missing, untracked, outside } = differences;
  return {
    commit,
    of: against.kind,
    ...(against.kind === 'submodule' && { submodule: against.path }),
    ...(against.kind === 'other-repository' && { repository: against.repository }),
    ...{ same, lineEndings, lfs, absent },
    differences: {
      modified: names(modified),
      missing: names(missing),
      untracked: names(untracked),
      outside: names(outside),
    },
  };
}

/** Names that a record lists of each kind; all are counted. */
const LISTED = 20;

function names(all: readonly string[]): Names {
  return { count: all.length, names: all.slice(0, LISTED) };
}
