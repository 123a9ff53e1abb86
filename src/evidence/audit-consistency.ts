import { NEVER_AUDITED } from '../policy/audit.ts';
import { auditedBy } from './audited.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { mustEqual } from './verdict.ts';

/** Audit mode and break-glass against the rest of the record: neither may be made up, hidden, or stretched. */
export function checkExceptions(predicate: DbtRunPredicate): string {
  checkAudit(predicate);
  checkBreakGlass(predicate);
  const { audit, breakGlass } = predicate;
  if (audit !== undefined)
    return `AUDIT MODE: would have been denied, and went on under rule ${audit.rule} without an issued credential`;
  if (breakGlass !== undefined)
    return `BREAK-GLASS: ${breakGlass.actor} used rule ${breakGlass.rule}, which ends ${breakGlass.expires}`;
  return 'neither audit mode nor break-glass let it go on';
}

function checkAudit(predicate: DbtRunPredicate): void {
  const { audit, decision, policy } = predicate;
  mustEqual('audit.rule', auditedBy(predicate) ?? undefined, audit?.rule);
  if (decision === undefined) return;
  const { allow, rule, reasons } = decision;
  if (allow && decision.audit !== undefined)
    throw new Error('an allowed run needs no audit mode, yet the decision names it');
  if (!allow && (policy?.mode === 'audit') !== (decision.audit !== undefined))
    throw new Error('the mode of the policy and what the decision says of audit mode contradict each other');
  if (audit === undefined) return;
  if (rule !== null) throw new Error('a denied run has no rule that allowed it');
  if (reasons.length === 0)
    throw new Error('a run that would have been denied has a reason, none is recorded');
  const hard = reasons.find(({ code }) => NEVER_AUDITED.includes(code));
  if (hard !== undefined) throw new Error(`audit mode lets nothing go on that fails ${hard.code}`);
}

function checkBreakGlass({ breakGlass, decision, identity, startedAt }: DbtRunPredicate): void {
  const { allow = false, rule = null, breakGlass: decided, notices = [] } = decision ?? {};
  if (!allow && (decided !== undefined || notices.length > 0))
    throw new Error('notices and break-glass are of allowed runs, and this one was not allowed');
  const told = notices.some(({ code }) => code === 'BREAK_GLASS');
  if (told !== (decided !== undefined))
    throw new Error('break-glass and the notice of it contradict each other');
  const claims = identity?.claims;
  const expected = decided && {
    rule,
    reason: decided.reason,
    expires: decided.expires,
    actor: claims?.['actor'] ?? '',
    actorId: claims?.['actor_id'] ?? '',
  };
  mustEqual('breakGlass', JSON.stringify(expected), breakGlass && JSON.stringify(inOrder(breakGlass)));
  if (decided !== undefined && Date.parse(decided.expires) <= Date.parse(startedAt))
    throw new Error(`the break-glass rule was over at ${decided.expires}, before the run began`);
}

function inOrder({ rule, reason, expires, actor, actorId }: NonNullable<DbtRunPredicate['breakGlass']>) {
  return { rule, reason, expires, actor, actorId };
}
