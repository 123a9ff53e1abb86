import { PassportError } from '../../errors.ts';
import { witnessInPlace } from '../lint/overlap.ts';
import type { LoadedPolicy, Policy, Rule } from '../policy.ts';
import { type Box, mergeBoxes, widestBoxes } from './boxes.ts';
import { type ClaimSpace, claimSpace, REST } from './claim-space.ts';
import { differingBoxes } from './differing-boxes.ts';
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
  /** `unclear`: there are too many combinations to be compared, so nothing is known of this environment. */
  readonly kind: 'gains' | 'loses' | 'changes' | 'unclear';
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

/** Clauses tried and rules looked at, for the whole comparison: a few seconds. */
const WORK = 50_000_000;
/** Pairs of rules that are tried for a common token before a comparison, to leave rules out of it. */
const PAIRS = 500_000;

/** Which identities gain or lose what: every combination of claims that the rules can tell apart is compared. */
export function policyDiff(before: LoadedPolicy, after: LoadedPolicy, work = WORK): PolicyDiff {
  const groups = Map.groupBy([...sided(before.policy, 'before'), ...sided(after.policy, 'after')], groupKey);
  const spend = budget(work);
  return {
    general: termDifferences(generalTerms(before.policy), generalTerms(after.policy)),
    changes: [...groups.values()].flatMap((group) => groupChanges(group, spend)).toSorted(byPlace),
  };
}

type Spend = (work: number) => void;

function budget(work: number): Spend {
  let left = work;
  return (spent) => {
    left -= spent;
    if (left < 0) throw new PassportError('ERR_INPUT_INVALID', 'too many rules to be compared');
  };
}

/** What cannot be compared is told as unclear, never as no change. */
function groupChanges(group: readonly Sided[], spend: Spend): readonly AccessChange[] {
  try {
    return compared(group, spend);
  } catch (fault) {
    if (!(fault instanceof PassportError)) throw fault;
    const { repository, environment } = group[0]?.rule ?? {};
    if (repository === undefined || environment === undefined) throw fault;
    const place = { repository: repository.name, environment: environment.name };
    return [{ kind: 'unclear', ...place, when: {}, terms: [] }];
  }
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

function compared(group: readonly Sided[], spend: Spend): readonly AccessChange[] {
  const unpaired = unpairedOf(group);
  if (unpaired.size === 0) return [];
  const near = nearRules(group, unpaired);
  const space = claimSpace(
    near.map(({ rule }) => rule),
    group.map(({ rule }) => rule),
    spend,
  );
  const changed = new Set(near.flatMap((each, index) => (unpaired.has(each) ? [index] : [])));
  const found = new Map<string, Change>();
  for (const { box, holding } of differingBoxes(space, [...near.keys()], changed, spend)) {
    const rules = holding.flatMap((index) => near[index] ?? []);
    const before = only(rules, 'before');
    const after = only(rules, 'after');
    if (before?.key === after?.key) continue;
    const key = `${before?.key}\n${after?.key}\n${before?.rule.id}\n${after?.rule.id}`;
    const change = found.get(key) ?? { before, after, boxes: [] };
    change.boxes.push(box);
    found.set(key, change);
  }
  return [...found.values()].flatMap((change) => accessChanges(change, space));
}

/** The rules that the other side does not have with the same clauses and the same rights. */
function unpairedOf(group: readonly Sided[]): ReadonlySet<Sided> {
  const alike = Map.groupBy(group, ({ rule, key }) => `${clausesKey(rule)}\n${key}`);
  return new Set(
    [...alike.values()].flatMap((same) => {
      const { before = [], after = [] } = Object.groupBy(same, ({ side }) => side);
      const pairs = Math.min(before.length, after.length);
      return [...before.slice(pairs), ...after.slice(pairs)];
    }),
  );
}

function clausesKey(rule: Rule): string {
  const { environment, ref, refProtected, eventName, runnerEnvironment, visibility } = rule;
  const { jobWorkflow, actorId, actorClass } = rule;
  const clauses = [environment.nodeId, ref, refProtected, eventName, runnerEnvironment, visibility];
  return JSON.stringify([...clauses, jobWorkflow, actorId, actorClass]);
}

/**
 * The unpaired rules, and the pairs that share a token with one of them. Where a pair alone holds, or pairs alone,
 * both sides decide the same; so all other pairs can be left out.
 */
function nearRules(group: readonly Sided[], unpaired: ReadonlySet<Sided>): readonly Sided[] {
  if (unpaired.size * group.length > PAIRS) return group;
  const others = [...unpaired];
  return group.filter(
    (each) => unpaired.has(each) || others.some(({ rule }) => witnessInPlace(rule, each.rule) !== undefined),
  );
}

/** Exactly one rule must hold. */
function only(holding: readonly Sided[], side: Sided['side']): Sided | undefined {
  const rules = holding.filter((each) => each.side === side);
  return rules.length === 1 ? rules[0] : undefined;
}

function accessChanges({ before, after, boxes }: Change, space: ClaimSpace): readonly AccessChange[] {
  const { rule } = after ?? before ?? {};
  if (rule === undefined) return [];
  return widestBoxes(mergeBoxes(boxes)).map((box) => ({
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
