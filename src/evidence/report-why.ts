import type { Decision } from '../policy/decision.ts';
import type { LoadedPolicy, RefClause, Rule } from '../policy/policy.ts';
import type { EvidenceRecord } from './record.ts';
import { code, factList, note, prose, section, table } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

/** What was allowed and why: the policy, the rule, and for a denial every clause that did not hold. */
export function whySection(record: EvidenceRecord): Markup {
  const { policy, decision } = record.facts;
  const rule = policy?.policy.rules.find((candidate) => candidate.id === decision?.rule);
  return section(
    'why',
    'What was allowed, and why',
    policy === undefined
      ? note('warn', 'No policy was loaded in this run.')
      : factList([
          ['Policy', code(policy.source)],
          ['Policy SHA-256', code(policy.sha256)],
          ...vouchers(policy),
          ['Decision', decisionWords(decision)],
        ]),
    decision === undefined ? NOTHING : denialTable(decision),
    rule === undefined ? NOTHING : ruleFacts(rule),
  );
}

type Rows = Parameters<typeof factList>[0];

/** What else stands for the policy, as far as it is known. */
function vouchers({ policy, signedBy, branchProtected }: LoadedPolicy): Rows {
  const rows: Rows = [
    ['Policy serial', policy.serial === undefined ? '' : String(policy.serial)],
    ['Policy ends', policy.notAfter ?? ''],
    ['Policy signed by', signedBy === undefined ? '' : code(signedBy)],
    ["Policy's branch", branchProtected === undefined ? '' : branchProtected ? 'has rules' : 'has no rules'],
  ];
  return rows.filter(([, value]) => value !== '');
}

function decisionWords(decision: Decision | undefined): string {
  if (decision === undefined) return 'none was made';
  if (decision.allow) return 'allowed: exactly one rule matches';
  return decision.nearest === null
    ? 'denied: no rule is near'
    : `denied: no rule matches; the nearest is ${decision.nearest}`;
}

/** The table of the product's denials: claim, token, rule, verdict, likely cause, fix. */
function denialTable({ allow, reasons }: Decision): Markup {
  if (allow) return NOTHING;
  return table(
    'Why it was denied',
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

function ruleFacts(rule: Rule): Markup {
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
  return markup`<h3>The rule</h3>
${factList([
  ['Rule', [code(rule.id), ` (policy line ${rule.line})`].flat()],
  ['For repository', code(rule.repository.name)],
  ['For environment', code(rule.environment.name)],
  ['For branch or tag', refWords(rule.ref)],
  ['For events', list(rule.eventName, 'any')],
  ['May hand out', list(rule.grants, 'nothing')],
  ['dbt commands', list(dbt.commands, 'none')],
  ['Only nodes of', selectors(dbt.within, 'the whole project')],
  ['Never nodes of', selectors(dbt.never, 'no exception')],
  ['Full refresh', dbt.fullRefresh ? 'allowed' : 'not allowed'],
])}`;
}

function refWords(ref: RefClause | undefined) {
  if (ref === undefined) return 'any';
  if (ref.kind === 'one-of') return code(ref.values.join(', '));
  return code(ref.kind === 'glob' ? ref.pattern : ref.value);
}
