import type { Explanation } from '../../errors.ts';
import type { Claims } from '../../identity/claims.ts';
import type { Grant } from '../../policy/grant-types.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import type { CloudTrust, TrustScope } from '../../policy/trust/clauses.ts';
import type { CloudCall, CloudFault } from '../cloud-fault.ts';

/** What a refusal is explained with. */
export interface RefusalContext {
  readonly grant: Grant;
  readonly rule: Rule;
  readonly policy: Policy;
  /** Where the policy came from. */
  readonly source?: string;
  readonly claims: Claims;
}

/** What a refusal shows: the table, and the statement to change. */
export type Shown = Pick<Explanation, 'rows' | 'statement'>;

/** One way in which a cloud says no. The first of a table whose call, code and text all fit is meant. */
export interface Refusal<G> {
  /** Stable name, explained in docs/troubleshooting.md. */
  readonly reason: string;
  readonly call?: CloudCall;
  readonly code?: RegExp;
  /** Found in the code or in the words of the answer. */
  readonly text?: RegExp;
  /** Only for grants like this, where the answer does not say what is wrong. */
  readonly when?: (grant: G) => boolean;
  /** What the answer means, in a sentence or two. */
  readonly cause: string | ((grant: G) => string);
  /** What to change, in one sentence. */
  readonly hint: string | ((grant: G) => string);
  /** The fix is in the policy, so its line is shown. */
  readonly inPolicy?: true;
  /** The claims of the token may tell more of the cause: the answer itself does not say which condition failed. */
  readonly askClaims?: true;
  /** Without it, the whole trust beside the token. */
  readonly show?: (grant: G, scope: TrustScope) => Shown;
}

/** A cloud, as far as its refusals go. */
export interface Cloud<G> {
  readonly name: string;
  readonly refusals: readonly Refusal<G>[];
  readonly otherwise: Refusal<G>;
  readonly trust: (scope: TrustScope, grant: G) => CloudTrust;
  /** Whom the credential is for. */
  readonly principal: (grant: G) => string;
  /** Where the cloud says that it is ill. */
  readonly status: string;
}

export const NOTHING_SHOWN: Shown = { rows: [], statement: '' };

/** The same at every cloud: tokens are handed in seconds after GitHub issued them. */
export function staleToken<G>(
  reason: string,
  reader: string,
  answer: Pick<Refusal<G>, 'code' | 'text'>,
): Refusal<G> {
  return {
    reason,
    ...answer,
    cause: `The token was too old when ${reader} read it, although it had just been issued.`,
    hint: "Let the runner's clock follow a time server.",
    show: () => NOTHING_SHOWN,
  };
}

/** A row that is about the request and not about a claim. */
export function requestRow(claim: string, needed: string, token: string): Shown['rows'] {
  return [{ claim, needed, token, verdict: 'differs' }];
}

/** What the fault is by the table of its cloud. */
export function recognised<G>({ refusals, otherwise }: Cloud<G>, grant: G, fault: CloudFault): Refusal<G> {
  const said = `${fault.code} ${fault.text}`;
  const found = refusals.find(
    ({ call, code, text, when }) =>
      (call === undefined || call === fault.call) &&
      (code === undefined || code.test(fault.code)) &&
      (text === undefined || text.test(said)) &&
      (when === undefined || when(grant)),
  );
  return found ?? otherwise;
}
