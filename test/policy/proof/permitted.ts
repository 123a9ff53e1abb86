import type { ClaimName, Claims } from '../../../src/identity/claims.ts';
import { expectedSubjects } from '../../../src/identity/subject.ts';
import { decide } from '../../../src/policy/decide.ts';
import type { LoadedPolicy, Policy, Rule } from '../../../src/policy/policy.ts';
import type { Rendered } from '../../../src/policy/trust/rendered.ts';
import { identity, NOW } from '../fixture.ts';
import { wantedTexts } from './random-policy.ts';
import { OWN, type Token } from './random-token.ts';

/** A time at which no policy here is over. */
const EARLY = new Date('2025-12-01T00:00:00Z');
const FACTS = identity().token;

/** What the table of a rendered trust says that nobody compares for the rule. */
export function exceptions({ unchecked }: Rendered, rule: Rule): ReadonlySet<string> {
  return new Set(unchecked.filter(({ rules }) => rules.includes(rule.id)).map(({ claim }) => claim));
}

/**
 * Whether the gate allows the token under the rule, or would if the claims of the printed exceptions, and no others,
 * were as the rule wants them. Without exceptions this is the gate's decision.
 */
export function permitted(
  loaded: LoadedPolicy,
  rule: Rule,
  token: Token,
  excepted: ReadonlySet<string>,
): boolean {
  const { policy } = loaded;
  const now = excepted.has('time') ? EARLY : NOW;
  return repaired(policy, rule, token, excepted).some((claims) => {
    const audience = claims.get('aud') === OWN ? policy.audience : claims.get('aud');
    const shown = new Map(claims).set('aud', audience);
    return decide(loaded, { claims: shown as Claims, token: FACTS }, {}, now).rule === rule.id;
  });
}

function repaired(policy: Policy, rule: Rule, token: Token, excepted: ReadonlySet<string>): readonly Token[] {
  const inSubject: readonly string[] = typeof policy.subTemplate === 'object' ? policy.subTemplate : [];
  let tokens: readonly Token[] = [token];
  for (const [claim, values] of Object.entries(wantedTexts(policy, rule))) {
    if (!excepted.has(claim) && !leftOpen(rule, claim, excepted)) continue;
    // A claim that `sub` says must be the one that it says, and a ref of the type that is compared; of the others any will do.
    const tried = claim === 'ref' || inSubject.includes(claim) ? values : values.slice(0, 1);
    tokens = tokens.flatMap((one) => tried.map((value) => new Map(one).set(claim, value)));
  }
  return tokens.map((one) => {
    const whole = new Map(one);
    const ref = String(whole.get('ref'));
    if (excepted.has('ref_type')) whole.set('ref_type', ref.startsWith('refs/tags/') ? 'tag' : 'branch');
    if (excepted.has('sub')) whole.set('sub', expectedSubjects(whole as Claims, policy.subTemplate)[0]);
    return whole;
  });
}

/** Where no `sub` is compared, neither is what the rule does not name and `sub` says. */
function leftOpen(rule: Rule, claim: string, excepted: ReadonlySet<string>): boolean {
  const open: readonly ClaimName[] = [
    ...(rule.ref === undefined ? (['ref'] as const) : []),
    ...(rule.jobWorkflow === undefined ? (['job_workflow_ref'] as const) : []),
  ];
  return excepted.has('sub') && open.some((name) => name === claim);
}
