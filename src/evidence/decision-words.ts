import { decisionKind } from './audited.ts';
import type { DbtRunPredicate } from './predicate.ts';

/** How the run ended; that audit mode let it go on is never left out. */
export function statusWords({ status, audit }: DbtRunPredicate): string {
  return audit === undefined ? status : `${status}, in audit mode`;
}

/** What the policy made of the run, in words. */
export function decisionWords(predicate: DbtRunPredicate): string {
  const { decision, audit } = predicate;
  switch (decisionKind(predicate)) {
    case 'allowed':
      return `allowed by rule ${decision?.rule}`;
    case 'break-glass':
      return `allowed by rule ${decision?.rule}, BREAK-GLASS`;
    case 'audited':
      return `DENIED, and let go on by audit mode under rule ${audit?.rule}`;
    case 'denied':
      return 'denied';
    case 'none':
      return 'none';
  }
}
