import { type Box, present } from './box.ts';
import { type TextSet, values } from './text-set.ts';

/** The three facts by which most systems know a workload: issuer, audience and subject, each one of a list. */
export function exactBox(facts: {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly subject: TextSet;
  /** The claim that the subject is compared with. */
  readonly claim?: string;
}): Box {
  const { issuer, audiences, subject, claim = 'sub' } = facts;
  return new Map([
    ['iss', present(values(issuer))],
    ['aud', present(values(...audiences))],
    [claim, present(subject)],
  ]);
}
