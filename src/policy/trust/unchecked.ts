import type { Policy, Rule } from '../policy.ts';
import { longestSession } from './aws-roles.ts';
import { ACTION, capabilityOf, POLICY_CLAIMS, type TrustOptions } from './capability.ts';
import type { Target, TrustClause } from './model.ts';
import { closed } from './model-of.ts';
import type { Principal, Way } from './principals.ts';
import type { RenderRequest, UncheckedRow } from './rendered.ts';
import { claimsOfSubject } from './subjects.ts';

const DENIED = 'it is a deny list, and closed lists cannot say "none of these"';

interface Beyond extends Omit<UncheckedRow, 'rules'> {
  /** Whether a rule asks for it. */
  readonly asked: (policy: Policy, rule: Rule, principal: Principal, target: Target) => boolean;
}

/** What no target checks, whatever it is. */
const BEYOND: readonly Beyond[] = [
  {
    claim: 'actor',
    why: 'the class of an account (actor_class) is made of a list that the action holds',
    instead: ACTION,
    asked: (_, rule) => rule.actorClass !== undefined,
  },
  {
    claim: 'triggering_actor',
    why: 'a token names who started the run first, not who pressed "re-run"; actor_id, actor_class and the deny list hold for both',
    instead: ACTION,
    asked: ({ deny }, rule) =>
      rule.actorId !== undefined || rule.actorClass !== undefined || deny.actorId.length > 0,
  },
  {
    claim: 'time',
    why: 'a trust has no end: not_after, break_glass and reviews pass it by',
    instead: `${ACTION}; take the trust away when the time is over, as the drift check says`,
    asked: (policy, rule) =>
      [policy.notAfter, policy.review, rule.breakGlass, rule.review].some((limit) => limit !== undefined),
  },
  {
    claim: 'ttl',
    why: 'what is written does not end a credential so early (max_ttl_seconds): whoever asks for it says when it ends',
    instead: 'the action, which asks for no more',
    asked: (_, { maxTtlSeconds }, principal, target) =>
      maxTtlSeconds !== undefined && !endsWithin(maxTtlSeconds, principal, target),
  },
  {
    claim: 'grant',
    why: 'one role, user or account is the principal of several grants, and has the rights of all of them',
    instead: 'the action, which uses it for the grant of the rule; or a principal for each grant',
    asked: (_policy, _rule, { ways }) => new Set(ways.map(({ grantName }) => grantName)).size > 1,
  },
  {
    claim: 'dbt',
    why: 'target, commands and selection are no claims: a warehouse sees statements',
    instead: 'the action; in the warehouse, the rights of the role',
    asked: () => true,
  },
];

/** Whether what is written ends a credential in time: every role of Vault, and one of AWS whose longest session is no longer. */
function endsWithin(seconds: number, { ways }: Principal, target: Target): boolean {
  return target === 'vault' || (target === 'aws' && longestSession(ways) <= seconds);
}

/** Claims that the target never compares, with why, and what holds them instead. */
export function uncheckedBy(
  target: Target,
  options: TrustOptions = {},
): readonly { readonly claim: string; readonly why: string; readonly instead: string }[] {
  const { claims, why, instead, notes } = capabilityOf(target, options);
  const never = POLICY_CLAIMS.filter((claim) => !claims.includes(claim)).map((claim) => ({
    claim,
    why: notes?.[claim] ?? why,
    instead,
  }));
  return [...never, ...BEYOND.map(({ claim, why, instead }) => ({ claim, why, instead }))];
}

/** What the rules ask for and the target does not check, one row for each claim and reason. */
export function uncheckedRows(
  { policy, principals, options }: Pick<RenderRequest, 'policy' | 'principals' | 'options'>,
  target: Target,
): readonly UncheckedRow[] {
  // Where no trust is written, there is nothing that it could leave out.
  const ways = principals.flatMap((principal) =>
    principal.ways
      .filter(({ checked, checker }) => closed(checked, checker))
      .map((way) => ({ way, principal })),
  );
  const rows = new Map<string, UncheckedRow & { rules: string[] }>();
  const add = (row: Omit<UncheckedRow, 'rules'>, rule: Rule) => {
    const key = JSON.stringify([row.claim, row.why]);
    const known = rows.get(key) ?? { ...row, rules: [] };
    if (known.rules.at(-1) !== rule.id) known.rules.push(rule.id);
    rows.set(key, known);
  };
  for (const { way, principal } of ways) {
    for (const clause of way.unchecked) add(rowOf(policy, clause, way, options), way.rule);
    for (const { asked, ...row } of BEYOND)
      if (asked(policy, way.rule, principal, target)) add(row, way.rule);
  }
  const order: readonly string[] = [...POLICY_CLAIMS, ...BEYOND.map(({ claim }) => claim)];
  return [...rows.values()].toSorted((a, b) => order.indexOf(a.claim) - order.indexOf(b.claim));
}

function rowOf(
  policy: Policy,
  clause: TrustClause,
  { checker, checked }: Way,
  options: TrustOptions,
): Omit<UncheckedRow, 'rules'> {
  const { why, instead, notes } = capabilityOf(checker, options);
  const { claim } = clause;
  if (clause.kind === 'values' && clause.values.length === 0)
    return { claim, why: 'the rule leaves a part of it open, so there is no closed list', instead: ACTION };
  if (clause.kind === 'except') return { claim, why: DENIED, instead: ACTION };
  const held = checked.some((other) => other.claim === 'sub') && claimsOfSubject(policy).includes(claim);
  return { claim, why: notes?.[claim] ?? why, instead: held ? 'sub, which GitHub makes of it' : instead };
}
