import type { LoadedPolicy, Rule } from '../policy.ts';
import { accessMatrix, type MatrixRow, rulesOf } from './matrix.ts';

/** One thing that two environments of a repository have differently; an absent side is empty. */
export interface EnvironmentDifference {
  readonly repository: string;
  /** The event that it holds for, or empty for all together. */
  readonly event: string;
  readonly what: string;
  readonly left: string;
  readonly right: string;
}

/** What differs between two environments, in every repository that has one of them. */
export function matrixDiff(
  loaded: LoadedPolicy,
  left: string,
  right: string,
): readonly EnvironmentDifference[] {
  const sides = [rulesOf(loaded, left), rulesOf(loaded, right)] as const;
  const rows = accessMatrix(loaded);
  const repositories = [...new Set(sides.flat().map((rule) => rule.repository.name))].sort();
  return repositories.flatMap((repository) => {
    const of = (rules: readonly Rule[]) => {
      const ids = new Set(rules.filter((rule) => rule.repository.name === repository).map(({ id }) => id));
      return rows.filter((row) => ids.has(row.rule));
    };
    return differences(repository, of(sides[0]), of(sides[1]));
  });
}

type Facet = readonly [what: string, value: (row: MatrixRow) => string];

const FACETS: readonly Facet[] = [
  ['event', ({ event }) => event],
  ['ref', ({ ref }) => ref],
  ['runner', ({ runner }) => runner],
  ['job workflow', ({ workflow }) => workflow || '(any)'],
  ['environment id', ({ environmentPinned }) => (environmentPinned ? 'pinned' : 'not pinned')],
  ['credentials', ({ credentials }) => credentials],
  ['warehouse', ({ kind }) => kind],
  ['account', ({ account }) => account],
  ['role', ({ role }) => role],
  ['schema', ({ schema }) => schema],
  ['tier', ({ tier }) => tier || '(none)'],
  ['access', ({ access }) => access],
  ['commands', ({ commands }) => [...commands].sort().join(', ')],
  ['within', ({ within }) => [...within].sort().join(', ') || '(every node)'],
  ['never', ({ never }) => [...never].sort().join(', ') || '(none)'],
  ['full refresh', ({ fullRefresh }) => (fullRefresh ? 'yes' : 'no')],
  ['minutes', ({ maxMinutes }) => (maxMinutes === 0 ? '(no limit)' : String(maxMinutes))],
];

function differences(
  repository: string,
  left: readonly MatrixRow[],
  right: readonly MatrixRow[],
): readonly EnvironmentDifference[] {
  if (left.length === 0 || right.length === 0) {
    const side = (rows: readonly MatrixRow[]) => (rows.length === 0 ? 'no rule: denied' : 'allowed');
    return [{ repository, event: '', what: 'access', left: side(left), right: side(right) }];
  }
  const whole = compare(repository, '', left, right);
  const known = new Set(whole.map(({ what }) => what));
  const at = (rows: readonly MatrixRow[], event: string) => rows.filter((row) => row.event === event);
  const shared = [...new Set(left.map(({ event }) => event))].filter((event) => at(right, event).length > 0);
  // What is the same taken together may be dealt out to the events in another way.
  const single = shared.flatMap((event) => compare(repository, event, at(left, event), at(right, event)));
  return [...whole, ...single.filter(({ what }) => !known.has(what))];
}

function compare(
  repository: string,
  event: string,
  left: readonly MatrixRow[],
  right: readonly MatrixRow[],
): readonly EnvironmentDifference[] {
  const text = (rows: readonly MatrixRow[], value: Facet[1]) =>
    [...new Set(rows.map(value))].sort().join(' or ');
  return FACETS.map(([what, value]) => ({
    repository,
    event,
    what,
    left: text(left, value),
    right: text(right, value),
  })).filter((row) => row.left !== row.right);
}
