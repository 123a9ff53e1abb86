import { PassportError } from '../../errors.ts';
import type { LoadedPolicy, Policy, Rule } from '../policy.ts';
import { type Box, cellsOf, mergeBoxes, widestBoxes } from './boxes.ts';
import { type ClaimSpace, claimSpace, REST } from './claim-space.ts';
import {
  generalTerms,
  type TermDifference,
  type Terms,
  termDifferences,
  termsKey,
  termsOf,
} from './terms.ts';

/** What two versions of a policy mean differently. Names, order and the split of rules do not count. */
export interface PolicyDiff {
  /** What holds for every rule: issuer, audience, deny list, dates. */
  readonly general: readonly TermDifference[];
  readonly changes: readonly AccessChange[];
}

/** Identities of one environment that gain, lose or change rights. */
export interface AccessChange {
  readonly kind: 'gains' | 'loses' | 'changes';
  readonly repository: string;
  readonly environment: string;
  /** What the identities have: for each claim that matters, its values. A claim that is not here may have any. */
  readonly when: Readonly<Record<string, readonly string[]>>;
  /** The rule that allows now; absent when they gain, or when two rules hold, which denies. */
  readonly before?: string;
  readonly after?: string;
  /** For a change, what differs; for a gain or a loss, what is given or taken. */
  readonly terms: readonly TermDifference[];
}

/** Rules of one environment times combinations of claims; beyond it a comparison is no quick check. */
const WORK = 20_000_000;

/** Which identities gain or lose what: every combination of claims that the rules can tell apart is compared. */
export function policyDiff(before: LoadedPolicy, after: LoadedPolicy): PolicyDiff {
  const groups = Map.groupBy([...sided(before.policy, 'before'), ...sided(after.policy, 'after')], groupKey);
  return {
    general: termDifferences(generalTerms(before.policy), generalTerms(after.policy)),
    changes: [...groups.values()].flatMap(groupChanges).toSorted(byPlace),
  };
}

interface Sided {
  readonly side: 'before' | 'after';
  readonly rule: Rule;
  readonly terms: Terms;
  readonly key: string;
}

function sided(policy: Policy, side: Sided['side']): readonly Sided[] {
  return policy.rules.map((rule) => {
    const terms = termsOf(policy, rule);
    return { side, rule, terms, key: termsKey(terms) };
  });
}

function groupKey({ rule: { repository, environment } }: Sided): string {
  const { repositoryId, ownerId, name } = repository;
  return [repositoryId, ownerId, name.toLowerCase(), environment.name.toLowerCase()].join('\n');
}

/** The rules that the identities of a box are under, on each side. */
interface Change {
  readonly before: Sided | undefined;
  readonly after: Sided | undefined;
  readonly boxes: Box[];
}

function groupChanges(group: readonly Sided[]): readonly AccessChange[] {
  const space = claimSpace(group.map(({ rule }) => rule));
  const sizes = space.map(({ classes }) => classes.length);
  if (sizes.reduce((product, size) => product * size, group.length) > WORK) throw tooMuch(group);
  const found = new Map<string, Change>();
  for (const cell of cellsOf(sizes)) {
    const holding = group.filter((_, index) =>
      cell.every((at, dimension) => space[dimension]?.classes[at]?.holds[index] === true),
    );
    const before = only(holding, 'before');
    const after = only(holding, 'after');
    if (before?.key === after?.key) continue;
    const key = `${before?.key}\n${after?.key}\n${before?.rule.id}\n${after?.rule.id}`;
    const change = found.get(key) ?? { before, after, boxes: [] };
    change.boxes.push(cell.map((at) => [at]));
    found.set(key, change);
  }
  return [...found.values()].flatMap((change) => accessChanges(change, space));
}

/** Exactly one rule must hold. */
function only(holding: readonly Sided[], side: Sided['side']): Sided | undefined {
  const rules = holding.filter((each) => each.side === side);
  return rules.length === 1 ? rules[0] : undefined;
}

function accessChanges({ before, after, boxes }: Change, space: ClaimSpace): readonly AccessChange[] {
  const { rule } = after ?? before ?? {};
  if (rule === undefined) return [];
  const sizes = space.map(({ classes }) => classes.length);
  return widestBoxes(mergeBoxes(boxes), sizes).map((box) => ({
    kind: before === undefined ? 'gains' : after === undefined ? 'loses' : 'changes',
    repository: rule.repository.name,
    environment: rule.environment.name,
    when: whenOf(box, space),
    ...(before && { before: before.rule.id }),
    ...(after && { after: after.rule.id }),
    terms: termDifferences(before?.terms ?? new Map(), after?.terms ?? new Map()),
  }));
}

/** The dimensions that the box narrows. Event and ref are always told: no rule is for every event. */
function whenOf(box: Box, space: ClaimSpace): AccessChange['when'] {
  const told = space.flatMap(({ name, classes }, dimension) => {
    const chosen = box[dimension] ?? [];
    if (chosen.length === classes.length && name !== 'event' && name !== 'ref') return [];
    const labels = chosen.flatMap((at) => classes[at]?.labels ?? []).sort();
    const all = chosen.length === classes.length && labels.includes(REST);
    return [[name, all ? ['(any)'] : labels] as const];
  });
  return Object.fromEntries(told);
}

function byPlace(a: AccessChange, b: AccessChange): number {
  const key = ({ repository, environment, kind, when }: AccessChange) =>
    JSON.stringify([repository, environment, kind, when]);
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

function tooMuch(group: readonly Sided[]): PassportError {
  const { repository, environment } = group[0]?.rule ?? {};
  return new PassportError(
    'ERR_INPUT_INVALID',
    `${group.length} rules for ${repository?.name} in ${environment?.name} are too many to be compared`,
    { hint: 'Join rules that differ in one value with one_of.' },
  );
}
