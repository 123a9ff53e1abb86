import * as v from 'valibot';
import { plain } from '../untrusted.ts';
import type { PolicyDocument } from './document.ts';
import { knownKeys } from './known-keys.ts';
import type { PolicyReason, Problem } from './problem.ts';
import { ID_EXPECTED } from './scalars.ts';
import { type PolicyFile, policyFileSchema } from './schema.ts';
import { nearestName } from './spelling.ts';

type Issue = v.BaseIssue<unknown>;

/** Checks the document against the closed schema: the file, or every fault of its shape with its place. */
export function readShape(
  document: PolicyDocument,
): { readonly file: PolicyFile } | { readonly problems: readonly Problem[] } {
  if (document.value === '') {
    const problem: Problem = { reason: 'POLICY_EMPTY', message: 'the policy is empty', line: 1, column: 1 };
    return { problems: [problem] };
  }
  const result = v.safeParse(policyFileSchema, document.value);
  if (result.success) return { file: result.output };
  return { problems: result.issues.flatMap((issue) => problemsOf(issue, document, [])) };
}

function problemsOf(issue: Issue, document: PolicyDocument, above: readonly string[]): Problem[] {
  const path = [...above, ...(issue.path ?? []).map((item) => String(item.key))];
  const inner = issue.issues ? nearestBranch(issue.issues) : [];
  if (inner.length > 0) return inner.flatMap((sub) => problemsOf(sub, document, path));
  const key = path.at(-1) ?? '';
  const of = path.length > 1 ? ` in ${plain(path.slice(0, -1).join('.'))}` : '';
  const place = (part: 'key' | 'value') => document.place(path, part);
  if (issue.type === 'never') {
    const siblings = knownKeys(path.slice(0, -1));
    const near = nearestName(key, siblings);
    const hint = near ? `did you mean ${near}?` : `known keys: ${siblings.join(', ')}`;
    return [
      { reason: 'POLICY_UNKNOWN_KEY', message: `unknown key ${plain(key)}${of}; ${hint}`, ...place('key') },
    ];
  }
  if (issue.kind === 'schema' && issue.input === undefined) {
    return [{ reason: 'POLICY_MISSING_KEY', message: `missing key ${plain(key)}${of}`, ...place('value') }];
  }
  const shown = describe(issue.input);
  return [
    {
      reason: reasonOf(issue),
      message: `${plain(path.join('.')) || 'policy'}: expected ${expected(issue)}, got ${shown}${lookalike(issue)}`,
      ...place(issue.path?.at(-1)?.origin === 'key' ? 'key' : 'value'),
    },
  ];
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
function lookalike(issue: Issue): string {
  if (typeof issue.input !== 'string') return '';
  if (/[\^$()|\\]|\.\*|^!/.test(issue.input)) {
    return ' (regular expressions and negations are refused: values are compared as they are)';
  }
  if (/^(pull_request_target|workflow_run|issue|discussion)/.test(issue.input)) {
    return ' (this event runs foreign input with the trust of the base repository)';
  }
  return issue.input.includes('*') ? ' (a wildcard is read only in ref.glob)' : '';
}
