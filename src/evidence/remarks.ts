import { checkoutTold } from '../checkout/told.ts';
import { changedText, checkoutText } from '../checkout/words.ts';
import type { Place } from '../errors.ts';
import { shownClaim } from '../identity/claims.ts';
import { auditedUnder, type Notice } from '../policy/decision.ts';
import { firstReason } from '../policy/explain.ts';
import type { LoadedPolicy } from '../policy/policy.ts';
import { plain } from '../untrusted.ts';
import { auditedBy } from './audited.ts';
import { attemptWords } from './people-words.ts';
import type { EvidenceRecord } from './record.ts';

/** What people must see of a run besides its outcome: in the log, on its page and in the report alike. */
export interface Remark {
  readonly title: string;
  /** Plain text; what stands between backticks is not the product's own. */
  readonly text: string;
  /** In the policy. */
  readonly place: Place;
}

/** Audit mode, code of another commit, break-glass, and reviews that are due. */
export function remarksOf(record: EvidenceRecord): readonly Remark[] {
  const { decision, policy } = record.facts;
  if (decision === undefined || policy === undefined) return [];
  const at = (line: number | undefined) => ({ file: policy.source, ...(line !== undefined && { line }) });
  const audited = auditedBy({ status: record.status, decision });
  const [first] = decision.reasons;
  return [
    ...(audited === null
      ? []
      : [
          {
            title: 'Audit mode: this run would have been denied',
            text: `No rule of the policy allows this run (${quoted(first ? firstReason(first, decision) : '')}). It went on only because the policy is in audit mode: under the limits of rule ${quoted(audited)}, which does not allow it, with what its job already had. No credential was issued for it. Once the policy is enforced, such a run is stopped.`,
            place: at(first?.line),
          },
        ]),
    ...checkoutRemarks(record, policy),
    ...(decision.notices ?? [])
      .toSorted((a, b) => Number(b.code === 'BREAK_GLASS') - Number(a.code === 'BREAK_GLASS'))
      .map((notice) => ({ ...noticed(record, notice), place: at(notice.line) })),
  ];
}

/** Code of another commit, or of one that nobody knows: whoever reads no further must know it. */
function checkoutRemarks({ facts }: EvidenceRecord, { policy, source }: LoadedPolicy): readonly Remark[] {
  const { checkout, changedInRun, decision, plan } = facts;
  const rule = policy.rules.find(({ id }) => id === (decision?.rule ?? auditedUnder(decision)));
  if (checkout === undefined || plan === undefined || rule === undefined) return [];
  const told = checkoutTold(checkout, changedInRun);
  const place = { file: source, line: rule.lines.get('checkout') ?? rule.line };
  const known = told.compared !== undefined;
  const remarks: Remark[] = [];
  if (!told.matchesToken)
    remarks.push({
      title: known ? 'The code is not that of the commit' : 'The code is of no known commit',
      text: `${quoted(`${checkoutText(told)}.`)} Rule ${quoted(rule.id)} lets dbt run it by ${quoted(`checkout: ${told.clause}`)}.`,
      place,
    });
  if (changedInRun != null && changedInRun.length > 0)
    remarks.push({
      title: 'Files changed while dbt ran',
      text: `${quoted(changedText(changedInRun))}. What dbt read is what it found when it read it; the record cannot say which of the two that was.`,
      place,
    });
  return remarks;
}

function noticed({ facts: { decision, identity, people } }: EvidenceRecord, { code, message }: Notice) {
  const { breakGlass, rule } = decision ?? {};
  if (code !== 'BREAK_GLASS' || breakGlass === undefined)
    return {
      title: 'A review is due',
      text: `${message.charAt(0).toUpperCase()}${plain(message.slice(1))}.`,
    };
  const claim = (name: 'actor' | 'actor_id') => quoted(identity ? shownClaim(identity.claims, name) : '');
  const rerun = people === undefined ? '' : attemptWords(people);
  const again = rerun === '' ? '' : ` This attempt of the run was started by ${quoted(rerun)}.`;
  return {
    title: 'Break-glass: an emergency rule allowed this run',
    text: `${claim('actor')} (id ${claim('actor_id')}) used rule ${quoted(rule ?? '')}, which is for an emergency and ends ${breakGlass.expires}. The reason in the policy: ${quoted(breakGlass.reason)}.${again}`,
  };
}

/** A text between backticks cannot end them. */
function quoted(text: string): string {
  return `\`${plain(text, 300).replaceAll('`', "'")}\``;
}
