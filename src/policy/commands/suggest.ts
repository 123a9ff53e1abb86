import { PassportError } from '../../errors.ts';
import type { Party } from '../../identity/people.ts';
import { plain } from '../../untrusted.ts';
import { decide } from '../decide.ts';
import type { Reason } from '../decision.ts';
import type { LintProblem } from '../lint/codes.ts';
import { lintPolicy } from '../lint/lint.ts';
import { type LoadOptions, loadPolicy } from '../load.ts';
import type { LoadedPolicy } from '../policy.ts';
import { nearestName } from '../spelling.ts';
import { withRule } from './add-rule.ts';
import {
  type DraftOptions,
  type DraftRefusal,
  draftRule,
  type OpenClaim,
  type RuleDraft,
  writtenLimits,
} from './draft.ts';

/** The outcome of `policy suggest`. */
export type Suggestion =
  | { readonly kind: 'allowed'; readonly rule: string }
  | { readonly kind: 'refused'; readonly refusals: readonly SuggestionRefusal[] }
  | SuggestedRule;

/** What stands against a rule, and what to do. */
export type SuggestionRefusal = Pick<DraftRefusal, 'message' | 'fix'>;

export interface SuggestedRule {
  readonly kind: 'rule';
  readonly draft: Omit<RuleDraft, 'open'>;
  readonly open: readonly OpenClaim[];
  /** The whole policy with the rule in it. It was loaded again, and allows the token by this rule. */
  readonly policy: string;
  /** What the linter says of the rule, short of an error. */
  readonly remarks: readonly LintProblem[];
}

export type SuggestOptions = Partial<Pick<DraftOptions, 'grant' | 'anyActor' | 'selfHostedReason'>>;

/**
 * The smallest rule that allows this token and nothing else. Adding it is tried: the new policy must load and allow
 * the token by that rule, or there is no suggestion. What was allowed before stays so, as rules have no order.
 * @throws ERR_INPUT_INVALID for a grant that the policy lacks
 */
export async function suggest(
  loaded: LoadedPolicy,
  party: Party,
  now: Date,
  options: SuggestOptions = {},
): Promise<Suggestion> {
  if (options.grant !== undefined) checkGrant(options.grant, [...loaded.policy.grants.keys()]);
  const decision = decide(loaded, party, {}, now);
  if (decision.allow && decision.rule !== null) return { kind: 'allowed', rule: decision.rule };
  const beyond = decision.reasons.filter(beyondRules);
  if (beyond.length > 0) return { kind: 'refused', refusals: beyond.map(asRefusal) };
  const nearest = loaded.policy.rules.find(({ id }) => id === decision.nearest);
  const grant = options.grant ?? nearest?.grants[0] ?? '';
  const sameGrant = nearest?.grants.includes(grant) === true;
  const draft = draftRule(party.claims, {
    ...options,
    grant,
    policy: loaded.policy,
    ...(nearest && sameGrant && { limits: writtenLimits(nearest) }),
  });
  if ('message' in draft) return { kind: 'refused', refusals: [{ message: draft.message, fix: draft.fix }] };
  return await tried(loaded, party, now, draft);
}

function checkGrant(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearestName(name, known);
  throw new PassportError('ERR_INPUT_INVALID', `--grant: the policy has no grant ${plain(name, 100)}`, {
    hint: near === undefined ? `It has: ${known.slice(0, 20).join(', ')}.` : `Did you mean ${near}?`,
  });
}

/** What no rule can change: it concerns the whole policy or the token. */
function beyondRules({ code, rule }: Reason): boolean {
  return code === 'AMBIGUOUS' || (rule === '' && code !== 'NO_RULE');
}

function asRefusal({ claim, expected, actual, fix }: Reason): SuggestionRefusal {
  return { message: `no rule can change this: ${claim}: expected ${expected}, got ${actual}`, fix };
}

/** What the linter says of the policy with the rule, which is its last, and did not say before. */
async function newProblems(
  before: LoadedPolicy,
  after: LoadedPolicy,
  options: LoadOptions,
  now: Date,
): Promise<readonly LintProblem[]> {
  const overlapsFrom = before.policy.rules.length;
  const lint = async ({ bytes, source }: LoadedPolicy) =>
    (await lintPolicy(bytes, source, { ...options, now, overlapsFrom })).problems;
  const known = new Set((await lint(before)).map(({ code, message }) => `${code} ${message}`));
  return (await lint(after)).filter(({ code, message }) => !known.has(`${code} ${message}`));
}

function lintRefusal({ code, message, fix }: LintProblem): SuggestionRefusal {
  return { message: `a rule for this token would be refused by the linter: ${code} ${message}`, fix };
}

async function tried(
  loaded: LoadedPolicy,
  party: Party,
  now: Date,
  { open, ...draft }: RuleDraft,
): Promise<Suggestion> {
  const policy = withRule(new TextDecoder().decode(loaded.bytes), draft);
  try {
    const options = { allowLoopbackIssuer: loaded.policy.issuer.startsWith('http://127.0.0.1:') };
    const next = await loadPolicy(new TextEncoder().encode(policy), 'the policy with the rule', options);
    const decision = decide(next, party, {}, now);
    if (!decision.allow || decision.rule !== draft.rule.id)
      return { kind: 'refused', refusals: decision.reasons.map(asRefusal) };
    const found = await newProblems(loaded, next, options, now);
    const errors = found.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return { kind: 'refused', refusals: errors.map(lintRefusal) };
    return { kind: 'rule', draft, open, policy, remarks: found };
  } catch (thrown) {
    if (!(thrown instanceof PassportError)) throw thrown;
    const message = `a rule for this token would be no valid one: ${thrown.message}`;
    return { kind: 'refused', refusals: [{ message, fix: thrown.hint ?? '' }] };
  }
}
