import {
  type ClaimName,
  type Claims,
  claimText,
  type Identity,
  sameName,
  shownClaim,
} from '../identity/claims.ts';
import { expectedSubjects, subjectHolds } from '../identity/subject.ts';
import { plain } from '../untrusted.ts';
import { explained, NO_SUBJECT } from './advice.ts';
import { auditRule } from './audit.ts';
import type { AccessRequest, Decision, Reason, ReasonCode } from './decision.ts';
import { clauseMiss, type Miss, missCount, misses, type Reading, reading } from './match.ts';
import type { LoadedPolicy, Policy, Rule } from './policy.ts';
import { notices, timeMisses } from './review.ts';

/**
 * Decides whether an identity may do what it asks for. Pure: the same policy, claims, request and time
 * give the same answer. Denied unless nothing of the whole policy objects and exactly one rule holds.
 */
export function decide(
  loaded: LoadedPolicy,
  identity: Identity,
  request: AccessRequest,
  now: Date,
): Decision {
  const { policy, source, sha256 } = loaded;
  const { claims } = identity;
  const read = reading(claims);
  const general = [
    ...expiry(policy, now),
    ...denials(policy, read),
    ...tokenMisses(policy, read),
    ...requestMisses(request, claims),
  ].map((miss) => explained(miss, ''));
  const subject = subjectMisses(policy, claims).map((miss) => explained(miss, ''));
  const { matched, nearest, reasons } = chooseRule(policy.rules, claims);
  const late = timeMisses(policy, nearest, now).map((miss) => explainedIn(nearest, miss));
  const all = [...general, ...reasons.clauses, ...subject, ...late, ...reasons.count];
  const allowing = all.length === 0 ? matched : undefined;
  const stopped = general.length + subject.length > 0;
  return {
    allow: allowing !== undefined,
    rule: allowing?.id ?? null,
    nearest: allowing ? null : (nearest?.id ?? null),
    reasons: all,
    ...(allowing ? remarks(policy, allowing, now) : audit(policy, claims, stopped)),
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
function audit(policy: Policy, claims: Claims, stopped: boolean): Pick<Decision, 'audit'> {
  if (policy.mode !== 'audit') return {};
  return { audit: { rule: stopped ? null : (auditRule(policy, claims)?.id ?? null) } };
}

interface Choice {
  /** Set when exactly one rule holds. */
  readonly matched?: Rule;
  readonly nearest?: Rule;
  readonly reasons: { readonly clauses: readonly Reason[]; readonly count: readonly Reason[] };
}

/** Exactly one rule must hold: there is no order and no merging. */
function chooseRule(rules: readonly Rule[], claims: Claims): Choice {
  const { nearest, holding } = nearestRules(rules, claims);
  if (nearest === undefined)
    return { reasons: { clauses: [], count: [count('NO_RULE', 'the policy has none')] } };
  const [matched, second] = holding;
  if (matched === undefined) {
    const clauses = misses(nearest, claims).map((miss) => explainedIn(nearest, miss));
    const none = count('NO_RULE', `none of ${rules.length}; the nearest is ${nearest.id}`, nearest.line);
    return { nearest, reasons: { clauses, count: [none] } };
  }
  if (second === undefined) return { matched, nearest, reasons: { clauses: [], count: [] } };
  const names = holding.map(({ id, line }) => `${id} (line ${line})`).join(' and ');
  return { nearest, reasons: { clauses: [], count: [count('AMBIGUOUS', names, second.line)] } };
}

/**
 * The rules that hold, and the nearest: of those for the token's repository, when it has any, the first with the
 * fewest failed clauses.
 */
function nearestRules(
  rules: readonly Rule[],
  claims: Claims,
): { readonly nearest: Rule | undefined; readonly holding: readonly Rule[] } {
  const read = reading(claims);
  const id = read('repository_id').value;
  const own = rules.filter(({ repository }) => repository.repositoryId === id);
  const holding: Rule[] = [];
  let nearest: Rule | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const rule of own.length > 0 ? own : rules) {
    const missed = missCount(rule, read, Math.max(fewest - 1, 0));
    if (missed === 0) holding.push(rule);
    if (missed < fewest) [nearest, fewest] = [rule, missed];
  }
  return { nearest, holding };
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

/** The deny list. A claim that a non-empty list needs and that cannot be read is denied too. */
function denials(policy: Policy, read: Reading): readonly Miss[] {
  const { actorId, repositoryId, jobWorkflowSha } = policy.deny;
  const lists: readonly (readonly [ClaimName, readonly string[]])[] = [
    ['actor_id', actorId],
    ['repository_id', repositoryId],
    ['job_workflow_sha', jobWorkflowSha],
  ];
  return lists.flatMap(([claim, denied]) => {
    if (denied.length === 0) return [];
    const accepts = (value: string) => !denied.includes(value);
    const expected = ['a value that is not on the deny list'];
    return clauseMiss(read, { code: 'DENY_LIST', claim, key: `deny.${claim}`, expected, accepts }) ?? [];
  });
}

/** What the token itself must be, whatever the rule. */
function tokenMisses(policy: Policy, read: Reading): readonly Miss[] {
  const exact = (code: ReasonCode, claim: ClaimName, key: string, expected: string) =>
    clauseMiss(read, { code, claim, key, expected: [expected], accepts: (value) => value === expected }) ??
    [];
  return [
    exact('ISSUER', 'iss', 'issuer', policy.issuer),
    exact('AUDIENCE', 'aud', 'audience', policy.audience),
  ].flat();
}

/** `sub` is rebuilt from the other claims in the shape that the policy declares, and compared. */
function subjectMisses(policy: Policy, claims: Claims): readonly Miss[] {
  if (subjectHolds(claims, policy.subTemplate)) return [];
  const subjects = expectedSubjects(claims, policy.subTemplate).map((subject) => plain(subject));
  const expected = subjects.length === 0 ? [NO_SUBJECT] : subjects;
  const wanted = { code: 'SUB_SHAPE', claim: 'sub', key: 'sub_template', expected } as const;
  const miss = clauseMiss(reading(claims), { ...wanted, accepts: () => false });
  return miss ? [miss] : [];
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

/** A miss of a rule, or, as it has no key there, of the whole policy. */
function explainedIn(rule: Rule | undefined, miss: Miss): Reason {
  if (rule === undefined || miss.code === 'POLICY_REVIEW') return explained(miss, '');
  return explained(miss, rule.id, lineOf(rule, miss));
}

/** The line of the clause, or of the repository's entry for what is written there; else of the rule. */
function lineOf(rule: Rule, miss: Miss): number {
  if (miss.key === 'repository') return rule.repository.line;
  return rule.lines.get(miss.key) ?? rule.line;
}
