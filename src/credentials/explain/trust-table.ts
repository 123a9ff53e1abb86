import type { Explanation } from '../../errors.ts';
import { type Claims, shownClaim } from '../../identity/claims.ts';
import { accepts, type CloudTrust, wanted } from '../../policy/trust/clauses.ts';
import type { TrustClause } from '../../policy/trust/model.ts';
import { plain } from '../../untrusted.ts';

type Row = Explanation['rows'][number];

/**
 * The trust that the cloud should hold, beside the token. The claims are those of the gate's token: the one that the
 * cloud saw is of the same job and differs in its audience, which is the grant's.
 */
export function trustTable({ checked, unchecked }: CloudTrust, claims: Claims): readonly Row[] {
  return [
    ...checked.map((clause) => row(clause, claims)),
    ...unchecked.map((clause): Row => ({ ...row(clause, claims), verdict: 'not checked' })),
  ];
}

/** What the cloud compares and would not take. */
export function differing({ checked }: CloudTrust, claims: Claims): readonly TrustClause[] {
  return checked.filter((clause) => !accepts(clause, given(clause, claims)));
}

function row(clause: TrustClause, claims: Claims): Row {
  const token = given(clause, claims);
  return {
    claim: clause.claim,
    needed: plain(wanted(clause)) || '(no closed list: the rule leaves a part of it open)',
    token: plain(token) || '(absent)',
    verdict: accepts(clause, token) ? 'same' : 'differs',
  };
}

function given(clause: TrustClause, claims: Claims): string {
  if (clause.claim === 'aud' && clause.kind === 'values') return clause.values[0] ?? '';
  return shownClaim(claims, clause.claim);
}
