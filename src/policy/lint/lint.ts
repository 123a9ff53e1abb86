import { sha256 } from '../../sha256.ts';
import { type LoadOptions, readPolicy } from '../load.ts';
import { trustLimits } from '../trust/limits.ts';
import { type Finding, type LintProblem, lintProblem } from './codes.ts';
import { factFindings, type GitHubFacts } from './facts.ts';
import { codeOf } from './load-codes.ts';
import { lockFindings, type PolicyLock } from './lock.ts';
import { overlapFindings } from './overlap-check.ts';
import { policyFindings } from './policy-checks.ts';
import { ruleFindings } from './rule-checks.ts';

export interface LintOptions extends LoadOptions {
  readonly now: Date;
  /** The newest policy that was accepted; without it E19 is not looked for. */
  readonly lock?: PolicyLock;
  /** What GitHub says; without it W02 to W04 and W08 are not looked for. */
  readonly facts?: GitHubFacts;
  /** Index of the first rule that E16 is looked for at; only what it adds is told. */
  readonly overlapsFrom?: number;
}

export interface LintResult {
  /** As it is shown in messages, such as a path. */
  readonly source: string;
  /** Of the bytes, lower-case hex. */
  readonly sha256: string;
  /** Number of rules; absent when the policy does not load. */
  readonly rules?: number;
  /** In the order of the file. */
  readonly problems: readonly LintProblem[];
}

/**
 * Everything that is wrong or doubtful about a policy. While it does not load, only what the loader refuses can
 * be told.
 */
export async function lintPolicy(
  bytes: Uint8Array,
  source: string,
  options: LintOptions,
): Promise<LintResult> {
  const digest = await sha256(bytes);
  const read = readPolicy(bytes, options);
  if ('problems' in read) {
    const problems = read.problems.map((problem) =>
      lintProblem({ code: codeOf(problem), message: problem.message }, problem),
    );
    return { source, sha256: digest, problems: inOrder(problems) };
  }
  const { policy, document } = read;
  const findings: readonly Finding[] = [
    ...policyFindings(policy, options.now),
    ...ruleFindings(policy, options.now),
    ...overlapFindings(policy, options.overlapsFrom),
    ...lockFindings(policy, digest, options.lock),
    ...(options.facts ? factFindings(policy, options.facts) : []),
  ];
  const limits = trustLimits(policy).map(({ line, message, target }) =>
    lintProblem({ code: 'E17', message: `${target}: ${message}` }, { line, column: 1 }),
  );
  const found = findings.map((finding) => lintProblem(finding, document.place(finding.path, 'key')));
  const problems = [...found, ...limits];
  return { source, sha256: digest, rules: policy.rules.length, problems: inOrder(problems) };
}

function inOrder(problems: readonly LintProblem[]): readonly LintProblem[] {
  return problems.toSorted(
    (a, b) => a.line - b.line || a.column - b.column || a.code.localeCompare(b.code, 'en'),
  );
}
