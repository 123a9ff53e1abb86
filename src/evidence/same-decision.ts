import type { ClaimName } from '../identity/claims.ts';
import { DOUBTS, type People } from '../identity/people.ts';
import { decide } from '../policy/decide.ts';
import { auditedUnder, type Decision } from '../policy/decision.ts';
import { loadPolicy } from '../policy/load.ts';
import type { DbtRunPredicate } from './predicate.ts';

/**
 * A run that went on is decided once more, by the recorded policy and claims: whoever changes a denial into something else must
 * then change a claim as well. `policy` are the bytes of policy.yml, which the record names by digest. Throws when the policy says
 * something else, or is none.
 */
export async function checkSameDecision(
  { identity, people, decision, policy: applied, startedAt }: DbtRunPredicate,
  policy: Uint8Array,
  allowLoopbackIssuer: boolean,
): Promise<void> {
  if (decision === undefined || identity === undefined) return;
  const recorded = wordsOf(decision);
  if (recorded === STOPPED) return;
  const claims = new Map(Object.entries(identity.claims)) as ReadonlyMap<ClaimName, unknown>;
  const loaded = await loadPolicy(policy, applied?.source ?? '', { allowLoopbackIssuer });
  // An older record does not say who started a re-run: the policy then denies where it asks.
  const party = { ...identity, claims, ...(people && { people: peopleFrom(people) }) };
  const again = wordsOf(decide(loaded, party, {}, new Date(startedAt)));
  if (again !== recorded)
    throw new Error(`the record is of a run ${recorded}, its policy makes it one ${again}`);
}

function peopleFrom({ attemptBy, ...rest }: NonNullable<DbtRunPredicate['people']>): People {
  if (attemptBy.basis !== 'asserted') return { ...rest, attemptBy };
  const doubt = DOUBTS.find((known) => known === attemptBy.doubt) ?? 'not-asked';
  return { ...rest, attemptBy: { ...attemptBy, doubt } };
}

const STOPPED = 'that is denied';

function wordsOf(decision: Pick<Decision, 'allow' | 'rule' | 'audit'>): string {
  if (decision.allow) return `that rule ${decision.rule} allows`;
  const audited = auditedUnder(decision);
  return audited === null ? STOPPED : `that audit mode lets go on under rule ${audited}`;
}
