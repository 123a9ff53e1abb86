import { type Claims, claimText, sameName, shownClaim } from '../identity/claims.ts';
import type { Party } from '../identity/people.ts';
import { expectedSubjects } from '../identity/subject.ts';
import { plain } from '../untrusted.ts';
import { explained, NO_SUBJECT } from './advice.ts';
import { auditRule } from './audit.ts';
import type { AccessRequest, Decision, Reason } from './decision.ts';
import {
  type Clause,
  clause,
  equal,
  type Miss,
  missCount,
  missesOf,
  type Reading,
  RULE_CLAUSES,
  reading,
  rulesInPlace,
  type Subject,
} from './match.ts';
import type { DenyList, LoadedPolicy, Policy, Rule } from './policy.ts';
import { notices, policyTimeMisses, ruleTimeMisses } from './review.ts';

/**
 * Decides whether a party may do what it asks for. Pure: the same policy, claims, people, request and time
 * give the same answer. Denied unless nothing of the whole policy objects and exactly one rule holds.
 */
export function decide(loaded: LoadedPolicy, party: Party, request: AccessRequest, now: Date): Decision {
  const { policy, source, sha256 } = loaded;
  const { claims, people } = party;
  const read = reading(claims, people);
  const general = [
    ...expiry(policy, now),
    ...missesOf(GENERAL, policy, read),
    ...requestMisses(request, claims),
  ].map((miss) => explained(miss, ''));
  const sub = missesOf([subject(claims)], policy, read).map((miss) => explained(miss, ''));
  const { matched, nearest, reasons } = chooseRule(policy.rules, read);
  const late = [
    ...policyTimeMisses(policy, now).map((miss) => explained(miss, '')),
    ...(nearest ? ruleTimeMisses(nearest, now).map((miss) => explainedIn(nearest, miss)) : []),
  ];
  const all = [...general, ...reasons.clauses, ...sub, ...late, ...reasons.count];
  const allowing = all.length === 0 ? matched : undefined;
  const stopped = general.length + sub.length > 0;
  return {
    allow: allowing !== undefined,
    rule: allowing?.id ?? null,
    nearest: allowing ? null : (nearest?.id ?? null),
    reasons: all,
    ...(allowing ? remarks(policy, allowing, now) : audit(policy, party, stopped)),
    policySha256: sha256,
    policySource: source,
  };
}

/** What an allowing decision says besides. */
function remarks(policy: Policy, rule: Rule, now: Date): Pick<Decision, 'notices' | 'breakGlass'> {
  const found = notices(policy, rule, now);
  return {
    ...(found.length > 0 && { notices: found }),
    ...(rule.breakGlass && { breakGlass: rule.breakGlass }),
  };
}

/** What a denying decision says in audit mode. Only clauses of a rule are softened, nothing of the whole policy. */
function audit(policy: Policy, { claims, people }: Party, stopped: boolean): Pick<Decision, 'audit'> {
  if (policy.mode !== 'audit') return {};
  return { audit: { rule: stopped ? null : (auditRule(policy, claims, people)?.id ?? null) } };
}

interface Choice {
  /** Set when exactly one rule holds. */
  readonly matched?: Rule;
  readonly nearest?: Rule;
  readonly reasons: { readonly clauses: readonly Reason[]; readonly count: readonly Reason[] };
}

/** Exactly one rule must hold: there is no order and no merging. */
function chooseRule(rules: readonly Rule[], read: Reading): Choice {
  const { nearest, holding } = nearestRules(rules, read);
  if (nearest === undefined)
    return { reasons: { clauses: [], count: [count('NO_RULE', 'the policy has none')] } };
  const [matched, second] = holding;
  if (matched === undefined) {
    const clauses = missesOf(RULE_CLAUSES, nearest, read).map((miss) => explainedIn(nearest, miss));
    const none = count('NO_RULE', `none of ${rules.length}; the nearest is ${nearest.id}`, nearest.line);
    return { nearest, reasons: { clauses, count: [none] } };
  }
  if (second === undefined) return { matched, nearest, reasons: { clauses: [], count: [] } };
  const names = holding.map(({ id, line }) => `${id} (line ${line})`).join(' and ');
  return { nearest, reasons: { clauses: [], count: [count('AMBIGUOUS', names, second.line)] } };
}

/**
 * The rules that hold, and the nearest: of those for the token's repository and environment, else for its repository,
 * else of all, the first with the fewest failed clauses. A rule that audit mode goes on under is thus the nearest.
 */
function nearestRules(
  rules: readonly Rule[],
  read: Reading,
): { readonly nearest: Rule | undefined; readonly holding: readonly Rule[] } {
  const checks = RULE_CLAUSES.map((clause) => clause(read));
  const holding: Rule[] = [];
  let nearest: Rule | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const rule of candidates(rules, read)) {
    const missed = missCount(checks, rule, fewest);
    if (missed === 0) holding.push(rule);
    if (missed < fewest) [nearest, fewest] = [rule, missed];
  }
  return { nearest, holding };
}

/** A rule that holds is for the token's repository and environment: with others, none holds. */
function candidates(rules: readonly Rule[], read: Reading): readonly Rule[] {
  const inPlace = rulesInPlace(rules, read);
  if (inPlace.length > 0) return inPlace;
  const id = read('repository_id').value;
  const own = rules.filter(({ repository }) => repository.repositoryId === id);
  return own.length > 0 ? own : rules;
}

function count(code: 'NO_RULE' | 'AMBIGUOUS', actual: string, line?: number): Reason {
  return explained(
    { code, claim: 'rules', expected: 'exactly one rule holds', actual, key: 'rules' },
    '',
    line,
  );
}

function expiry(policy: Policy, now: Date): readonly Miss[] {
  if (policy.notAfter === undefined || now.getTime() <= Date.parse(policy.notAfter)) return [];
  return [
    {
      code: 'POLICY_EXPIRED',
      claim: 'time',
      expected: `at most ${policy.notAfter}`,
      actual: now.toJSON() ?? '(no time)',
      key: 'not_after',
    },
  ];
}

/** What the policy as a whole wants of a token, whatever the rule. The deny list beats every rule. */
const GENERAL: readonly Clause<Policy>[] = [
  denied('actor_id', ({ actorId }) => actorId),
  denied('triggering_actor_id', ({ actorId }) => actorId, 'actor_id'),
  denied('repository_id', ({ repositoryId }) => repositoryId),
  denied('job_workflow_sha', ({ jobWorkflowSha }) => jobWorkflowSha),
  equal(['ISSUER', 'iss', 'issuer'], ({ issuer }) => issuer),
  equal(['AUDIENCE', 'aud', 'audience'], ({ audience }) => audience),
];

/** A subject that a non-empty list needs and that cannot be read is denied too. */
function denied(
  subject: Subject,
  list: (deny: DenyList) => readonly string[],
  key: string = subject,
): Clause<Policy> {
  return clause(
    ['DENY_LIST', subject, `deny.${key}`],
    ({ deny }) => (list(deny).length > 0 ? list(deny) : undefined),
    (value, values) => !values.includes(value),
    () => 'a value that is not on the deny list',
  );
}

/** `sub` is rebuilt from the other claims in the shape that the policy declares, and compared. */
function subject(claims: Claims): Clause<Policy> {
  return clause(
    ['SUB_SHAPE', 'sub', 'sub_template'],
    ({ subTemplate }) => expectedSubjects(claims, subTemplate),
    (value, subjects) => subjects.includes(value),
    (subjects) => subjects.map((text) => plain(text)).join(' or ') || NO_SUBJECT,
  );
}

function requestMisses(request: AccessRequest, claims: Claims): readonly Miss[] {
  if (request.environment === undefined) return [];
  const claim = claimText(claims, 'environment');
  if (claim.kind === 'text' && sameName(claim.value, request.environment)) return [];
  return [
    {
      code: 'REQUESTED_ENVIRONMENT',
      claim: 'environment',
      expected: plain(request.environment, 200),
      actual: plain(shownClaim(claims, 'environment'), 200) || '(absent)',
      key: '',
    },
  ];
}

function explainedIn(rule: Rule, miss: Miss): Reason {
  return explained(miss, rule.id, lineOf(rule, miss));
}

/** The line of the clause, or of the repository's entry for what is written there; else of the rule. */
function lineOf(rule: Rule, miss: Miss): number {
  if (miss.key === 'repository') return rule.repository.line;
  return rule.lines.get(miss.key) ?? rule.line;
}
