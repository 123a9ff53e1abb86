import { checkExceptions } from './audit-consistency.ts';
import { checkCheckout } from './checkout-consistency.ts';
import { checkCompleteness } from './completeness.ts';
import { checkRun, checkStatus } from './consistency.ts';
import { checkCredentials } from './credential-consistency.ts';
import { checkPeople } from './people-consistency.ts';
import type { parseStatement } from './statement.ts';
import { checkNoExtraFiles, checkSubjects, type EvidenceFiles } from './subjects.ts';
import type { Checklist } from './verdict.ts';

/** A statement that could be read. */
export type Statement = ReturnType<typeof parseStatement>;

/** What must hold of a record whoever signs it: the files are those that it names, it is whole, and it contradicts itself nowhere. */
export async function checkRecord(
  list: Checklist,
  { subject, predicate }: Statement,
  files: EvidenceFiles,
): Promise<void> {
  await list.checkAsync('subjects', () => checkSubjects(subject, files));
  list.check('no-extra-files', () => checkNoExtraFiles(subject, files));
  list.check('run-claims', () => checkRun(predicate));
  list.check('people', () => checkPeople(predicate));
  list.check('status', () => checkStatus(predicate));
  list.check('exceptions', () => checkExceptions(predicate));
  list.check('credentials', () => checkCredentials(predicate));
  if (predicate.checkout !== undefined) list.check('checkout', () => checkCheckout(predicate));
  await checkCompleteness(list, predicate, files);
}
