import * as v from 'valibot';
import { plain } from '../untrusted.ts';
import type { PolicyDocument } from './document.ts';
import { knownKeys } from './known-keys.ts';
import { FAULTS, type PolicyReason, type Problem } from './problem.ts';
import { ID_EXPECTED } from './scalars.ts';
import { type PolicyFile, policyFileSchema } from './schema.ts';
import { nearestName } from './spelling.ts';

type Issue = v.BaseIssue<unknown>;

/** Characters up to which every fault of the shape is looked for; in a larger policy, the first. */
const ALL_FAULTS = 32 * 1024;

/** Checks the document against the closed schema: the file, or every fault of its shape with its place. */
export function readShape(
  document: PolicyDocument,
): { readonly file: PolicyFile } | { readonly problems: readonly Problem[] } {
  if (document.value === '') {
    const problem: Problem = { reason: 'POLICY_EMPTY', message: 'the policy is empty', line: 1, column: 1 };
    return { problems: [problem] };
  }
  const result = v.safeParse(policyFileSchema, document.value, { abortEarly: document.size > ALL_FAULTS });
  if (result.success) return { file: result.output };
  return { problems: result.issues.slice(0, FAULTS).flatMap((issue) => problemsOf(issue, document, [])) };
}

function problemsOf(issue: Issue, document: PolicyDocument, above: readonly string[]): Problem[] {
  const path = [...above, ...(issue.path ?? []).map((item) => String(item.key))];
  const inner = issue.issues ? nearestBranch(issue.issues) : [];
  if (inner.length > 0) return inner.flatMap((sub) => problemsOf(sub, document, path));
  const named = keyProblem(issue, document, path);
  if (named !== undefined) return [named];
  const shown = describe(issue.input);
  const looksLike = lookalike(issue.input);
  return [
    {
      reason: reasonOf(issue),
      message: `${plain(path.join('.')) || 'policy'}: expected ${expected(issue)}, got ${shown}${looksLike ? NOT_HERE[looksLike] : ''}`,
      path,
      ...(looksLike && { looksLike }),
      ...document.place(path, issue.path?.at(-1)?.origin === 'key' ? 'key' : 'value'),
    },
  ];
}

/** A key that is too many, or one that is missing. */
function keyProblem(issue: Issue, document: PolicyDocument, path: readonly string[]): Problem | undefined {
  const key = plain(path.at(-1) ?? '');
  const of = path.length > 1 ? ` in ${plain(path.slice(0, -1).join('.'))}` : '';
  if (issue.type === 'never') {
    const siblings = knownKeys(path.slice(0, -1));
    const near = nearestName(path.at(-1) ?? '', siblings);
    const hint = near ? `did you mean ${near}?` : `known keys: ${siblings.join(', ')}`;
    const message = `unknown key ${key}${of}; ${hint}`;
    return { reason: 'POLICY_UNKNOWN_KEY', message, path, ...document.place(path, 'key') };
  }
  if (issue.kind !== 'schema' || issue.input !== undefined) return undefined;
  return { reason: 'POLICY_MISSING_KEY', message: `missing key ${key}${of}`, path, ...document.place(path) };
}

/** Of the branches of a union, the faults of the one that the writer meant: those inside it, not at its root. */
function nearestBranch(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter((issue) => issue.path !== undefined);
}

function expected(issue: Issue): string {
  if (!issue.issues) return issue.message;
  return [...new Set(issue.issues.map((sub) => expected(sub)))].join(', or ');
}

function reasonOf(issue: Issue): PolicyReason {
  if (expected(issue).startsWith(ID_EXPECTED)) return 'POLICY_ID';
  const empty = issue.input === '' || issue.type === 'min_length' || issue.type === 'min_entries';
  return empty ? 'POLICY_EMPTY' : 'POLICY_VALUE';
}

function describe(input: unknown): string {
  if (typeof input === 'string') return input === '' ? 'nothing' : `"${plain(input, 80)}"`;
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list';
  return Object.keys(input ?? {}).length === 0 ? 'an empty mapping' : 'a mapping';
}

/** People who come from other gates write patterns; say that none is read here. */
function lookalike(input: unknown): Problem['looksLike'] {
  if (typeof input !== 'string') return undefined;
  if (/[\^$()|\\]|\.\*|^!/.test(input)) return 'pattern';
  if (/^(pull_request_target|workflow_run|issue|discussion)/.test(input)) return 'event';
  return input.includes('*') ? 'wildcard' : undefined;
}

const NOT_HERE = {
  pattern: ' (regular expressions and negations are refused: values are compared as they are)',
  event: ' (this event runs foreign input with the trust of the base repository)',
  wildcard: ' (a wildcard is read only in ref.glob)',
} as const;
