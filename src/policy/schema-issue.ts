import * as v from 'valibot';
import { plain } from '../untrusted.ts';

/** What a schema has against a foreign file, for a person: the place, and what stands there or is missing. */
export function issueText(issue: v.BaseIssue<unknown>): string {
  const place = plain(v.getDotPath(issue) ?? 'the file', 200);
  if (issue.received === 'undefined') return `${place} is missing`;
  if (issue.expected === 'never') return `${place} is not known`;
  // Of a union every branch has failed, each for a reason of its own.
  if (issue.expected === null || issue.expected === issue.received || issue.type === 'union')
    return `${place} is something else`;
  return `${place} is ${kind(issue.received)}, not ${kind(issue.expected)}`;
}

/** The library names values by JavaScript's types, and shows texts and numbers as they are. */
function kind(name: string): string {
  return KINDS.get(name) ?? plain(name, 80);
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['Array', 'a list'],
  ['Object', 'an object'],
  ['string', 'text'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
]);
