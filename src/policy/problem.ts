import { PassportError, type Place } from '../errors.ts';

/** Why a policy file cannot be used; one name per family of faults, listed in docs/policy.md. */
export const POLICY_REASONS = [
  'POLICY_SIZE',
  'POLICY_CHARSET',
  'POLICY_DEPTH',
  'POLICY_SYNTAX',
  'POLICY_MULTI',
  'POLICY_EMPTY',
  'POLICY_ALIAS',
  'POLICY_TAG',
  'POLICY_KEY',
  'POLICY_DUPLICATE',
  'POLICY_UNKNOWN_KEY',
  'POLICY_MISSING_KEY',
  'POLICY_ID',
  'POLICY_VALUE',
  'POLICY_REFERENCE',
  'POLICY_ISSUER',
  'POLICY_REF_REQUIRED',
] as const;
export type PolicyReason = (typeof POLICY_REASONS)[number];

/** One fault of a policy file. `message` is already plain text. */
export interface Problem {
  readonly reason: PolicyReason;
  readonly message: string;
  /** Keys and indices from the root of the file; absent for faults of its text. */
  readonly path?: readonly (string | number)[];
  /** What a value looks like that was written for another gate. */
  readonly looksLike?: 'pattern' | 'event' | 'wildcard';
  readonly line: number;
  readonly column: number;
}

/** Faults that are looked for; who has more corrects these first. */
export const FAULTS = 100;
const SHOWN = 20;

/** One error for the whole file: the first problem gives its reason and place, the others are listed below it. */
export function policyInvalid(source: string, problems: readonly Problem[], cause?: unknown): PassportError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.slice(0, SHOWN).map((p) => `${source}:${p.line}:${p.column}: ${p.message}`);
  if (sorted.length > SHOWN) lines.push(`… and ${sorted.length - SHOWN} more`);
  const [first] = sorted;
  const place: Place = first ? { file: source, line: first.line, column: first.column } : { file: source };
  return new PassportError('ERR_POLICY_INVALID', lines.join('\n'), {
    ...(first && { reason: first.reason }),
    hint: 'Correct the policy at the place named; docs/policy.md lists every key and what it may hold.',
    place,
    cause,
  });
}
