import { grantsOf } from '../grant.ts';
import type { Policy, Rule } from '../policy.ts';
import { capabilityOf, type TrustOptions } from './capability.ts';
import { anyRefOf, divided, refType, refTypes, ruleClauses } from './clauses.ts';
import { type HandedOut, handedOut } from './handed-out.ts';
import type { Target, TrustClause } from './model.ts';

/** One way to a principal: a rule, or the part of it with one type of ref, and what the target checks of it. */
export interface Way extends HandedOut {
  readonly checked: readonly TrustClause[];
  /** What the rule asks for besides, which the target cannot check. */
  readonly unchecked: readonly TrustClause[];
}

/** Something that a target hands out: a role, a service account, a user, an application. */
export interface Principal {
  readonly name: string;
  readonly ways: readonly Way[];
}

/**
 * Everything that the policy lets the target hand out, in the order of the policy. One principal may be the grant of
 * several rules, and several grants may name it, each with the life that the rule leaves its credential. A rule with
 * `ambient` credentials hands out nothing of its own.
 */
export function principalsOf(
  policy: Policy,
  target: Target,
  options: TrustOptions = {},
): readonly Principal[] {
  const principals = new Map<string, Way[]>();
  for (const rule of policy.rules.flatMap((written) => liveParts(policy, written))) {
    if (rule.credentials === 'ambient') continue;
    for (const [grantName, grant] of grantsOf(policy, rule)) {
      const handed = handedOut(target, { rule, grantName, grant }, options);
      if (handed === undefined) continue;
      const ways = principals.get(handed.principal) ?? [];
      ways.push(wayOf(policy, handed, options));
      principals.set(handed.principal, ways);
    }
  }
  return [...principals].map(([name, ways]) => ({ name, ways }));
}

function wayOf(policy: Policy, handed: HandedOut, options: TrustOptions): Way {
  const { rule, audience, checker } = handed;
  const clauses = ruleClauses({ policy, rule }, audience);
  const asked = checker === 'gcp' ? clauses.map((clause) => anyRefOf(clause, rule)) : clauses;
  return { ...handed, ...divided(asked, capabilityOf(checker, options)) };
}

/**
 * A rule without what the deny list takes from it, and in two where its list of refs has branches and tags, so that each
 * part can say which type it is; none when the deny list leaves nothing.
 */
function liveParts({ deny }: Policy, rule: Rule): readonly Rule[] {
  const actorId = rule.actorId?.filter((id) => !deny.actorId.includes(id));
  const jobWorkflow = rule.jobWorkflow && {
    ...rule.jobWorkflow,
    sha: rule.jobWorkflow.sha.filter((sha) => !deny.jobWorkflowSha.includes(sha)),
  };
  const dead = deny.repositoryId.includes(rule.repository.repositoryId);
  if (dead || actorId?.length === 0 || jobWorkflow?.sha.length === 0) return [];
  const live: Rule = { ...rule, ...(actorId && { actorId }), ...(jobWorkflow && { jobWorkflow }) };
  const { ref } = live;
  if (ref?.kind !== 'one-of') return [live];
  return refTypes(ref).map((type) => ({
    ...live,
    ref: { kind: 'one-of', values: ref.values.filter((value) => refType(value) === type) },
  }));
}
