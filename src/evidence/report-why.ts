import type { Decision } from '../policy/decision.ts';
import { auditedUnder } from '../policy/decision.ts';
import type { LoadedPolicy, RefClause, Review, Rule } from '../policy/policy.ts';
import type { AskedPolicy } from '../policy/source/open-policy.ts';
import type { EvidenceRecord } from './record.ts';
import { code, factList, note, prose, section, table } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

/** What was allowed and why: the policy, the rule, and for a denial every clause that did not hold. */
export function whySection(record: EvidenceRecord): Markup {
  const { policy, decision } = record.facts;
  const audited = auditedUnder(decision);
  const shown = audited ?? decision?.rule;
  const rule = policy?.policy.rules.find(({ id }) => id === shown);
  return section(
    'why',
    'What was allowed, and why',
    policy === undefined
      ? notTaken(record.facts.askedPolicy)
      : factList([
          ['Policy', code(policy.source)],
          ['Policy SHA-256', code(policy.sha256)],
          ...vouchers(policy),
          ['Decision', decisionWords(decision)],
        ]),
    decision === undefined ? NOTHING : denialTable(decision),
    rule === undefined ? NOTHING : ruleFacts(rule, audited !== null),
  );
}

/** A policy that was refused, or that nobody could read. */
function notTaken(asked: AskedPolicy | undefined): Markup {
  const warning = note('warn', 'No policy was loaded in this run.');
  if (asked === undefined) return warning;
  const { sha256, minSerial, signed } = asked.demanded;
  const rows: Rows = [
    ['Asked for', code(asked.reference)],
    ['Demanded SHA-256', sha256 === undefined ? '' : code(sha256)],
    ['Demanded serial', minSerial === undefined ? '' : `at least ${minSerial}`],
    ['Demanded signature', signed === undefined ? '' : 'by the signer in the workflow'],
    ['What came', asked.found === undefined ? 'nothing' : code(asked.found.source)],
    ['Its SHA-256', asked.found === undefined ? '' : code(asked.found.sha256)],
  ];
  return markup`${warning}${factList(rows.filter(([, value]) => value !== ''))}`;
}

type Rows = Parameters<typeof factList>[0];

/** What else stands for the policy, as far as it is known. */
function vouchers({ policy, signedBy, branchProtected }: LoadedPolicy): Rows {
  const rows: Rows = [
    ['Policy serial', policy.serial === undefined ? '' : String(policy.serial)],
    ['Policy ends', policy.notAfter ?? ''],
    ['Policy reviewed', reviewWords(policy.review)],
    ['Policy mode', policy.mode === 'audit' ? AUDIT_MODE : ''],
    ['Policy signed by', signedBy === undefined ? '' : code(signedBy)],
    ["Policy's branch", branchProtected === undefined ? '' : branchProtected ? 'has rules' : 'has no rules'],
  ];
  return rows.filter(([, value]) => value !== '');
}

const AUDIT_MODE = 'audit: some of what it denies is recorded as denied, and goes on';

function reviewWords(review: Review | undefined): string {
  return review === undefined ? '' : `on ${review.lastReviewed}; holds for ${review.maxAgeDays} days`;
}

function decisionWords(decision: Decision | undefined): string {
  if (decision === undefined) return 'none was made';
  if (decision.allow)
    return `allowed: exactly one rule matches${decision.breakGlass ? ', and it is for emergencies' : ''}`;
  const denied =
    decision.nearest === null
      ? 'denied: no rule is near'
      : `denied: no rule matches; the nearest is ${decision.nearest}`;
  const audited = auditedUnder(decision);
  return audited === null ? denied : `${denied}. Audit mode let it go on under rule ${audited}`;
}

/** The table of the product's denials: claim, token, rule, verdict, likely cause, fix. */
function denialTable(decision: Decision): Markup {
  const { allow, reasons } = decision;
  if (allow) return NOTHING;
  return table(
    auditedUnder(decision) === null ? 'Why it was denied' : 'Why it would have been denied',
    ['Claim', 'Token has', 'Rule expects', 'Verdict', 'Likely cause', 'Fix'],
    reasons.map((reason) => ({
      cells: [
        code(reason.claim),
        reason.actual === '' ? 'nothing' : code(reason.actual),
        code(reason.expected),
        [markup`<span class="status failed">not met</span> `, code(reason.code)].flat(),
        prose(reason.cause),
        prose(reason.fix),
      ],
    })),
  );
}

function ruleFacts(rule: Rule, audited: boolean): Markup {
  const { dbt } = rule;
  const list = (values: readonly string[], none: string) =>
    values.length === 0
      ? none
      : values.flatMap((value, index) => [index === 0 ? '' : ', ', code(value)].flat());
  const selectors = (values: Rule['dbt']['within'], none: string) =>
    list(
      values.map(({ method, value }) => `${method}:${value}`),
      none,
    );
  return markup`<h3>${audited ? 'The rule that set the limits; it did not allow this run' : 'The rule'}</h3>
${factList([
  ['Rule', [code(rule.id), ` (policy line ${rule.line})`].flat()],
  ['For repository', code(rule.repository.name)],
  ['For environment', code(rule.environment.name)],
  ['For branch or tag', refWords(rule.ref)],
  ['For events', list(rule.eventName, 'any')],
  ['May hand out', audited ? 'nothing in audit mode' : list(rule.grants, 'nothing')],
  ['dbt commands', list(dbt.commands, 'none')],
  ['Only nodes of', selectors(dbt.within, 'the whole project')],
  ['Never nodes of', selectors(dbt.never, 'no exception')],
  ['Full refresh', dbt.fullRefresh ? 'allowed' : 'not allowed'],
  ...exceptional(rule),
])}`;
}

/** What few rules have. */
function exceptional({ breakGlass, review }: Rule): Rows {
  const rows: Rows = [
    ['Break-glass', breakGlass === undefined ? '' : `until ${breakGlass.expires}: ${breakGlass.reason}`],
    ['Rule reviewed', reviewWords(review)],
  ];
  return rows.filter(([, value]) => value !== '');
}

function refWords(ref: RefClause | undefined) {
  if (ref === undefined) return 'any';
  if (ref.kind === 'one-of') return code(ref.values.join(', '));
  return code(ref.kind === 'glob' ? ref.pattern : ref.value);
}
