import { bytesOf, jsonOf, suiteFiles, suitePaths, writeNew } from './adapters/given-files.ts';
import { endWith, say } from './adapters/terminal.ts';
import { PassportError } from './errors.ts';
import { identityOf, RERUN_BY, rerunBy } from './identity/given-claims.ts';
import { annotationLine, inertText } from './policy/commands/annotation.ts';
import { diffText } from './policy/commands/diff-text.ts';
import { explainDecision, explanationText, explanationValue } from './policy/commands/explanation.ts';
import { type FirstFlags, firstClaims, firstPolicy } from './policy/commands/first-policy.ts';
import { firstSteps } from './policy/commands/first-steps.ts';
import { givenGrant } from './policy/commands/given-grant.ts';
import { accessMatrix, forgotten } from './policy/commands/matrix.ts';
import { matrixDiff } from './policy/commands/matrix-diff.ts';
import { matrixDiffTable, matrixTable } from './policy/commands/matrix-text.ts';
import { policyDiff } from './policy/commands/policy-diff.ts';
import { runSuites } from './policy/commands/run-suite.ts';
import { type SuggestOptions, suggest } from './policy/commands/suggest.ts';
import { suggestionText, suggestionValue } from './policy/commands/suggest-text.ts';
import { readSuite } from './policy/commands/suite.ts';
import { reportAnnotations, reportText } from './policy/commands/suite-text.ts';
import { type TextTable, tableMarkdown, tableText } from './policy/commands/text-table.ts';
import { readFacts } from './policy/lint/facts.ts';
import { lintPolicy } from './policy/lint/lint.ts';
import { readLock } from './policy/lint/lock.ts';
import { lintAnnotations, lintExit, lintJson, lintText } from './policy/lint/report.ts';
import { loadPolicy } from './policy/load.ts';
import type { LoadedPolicy } from './policy/policy.ts';

/** The answer is no, or something differs. */
const DIFFERS = 3;

interface Json {
  readonly json?: boolean;
}

async function policyAt(path: string): Promise<LoadedPolicy> {
  return loadPolicy(await bytesOf(path), path);
}

/** One answer as JSON, or as text in which nothing can be taken for a command of the runner. */
function answer({ json }: Json, value: unknown, text: () => string): void {
  say(json === true ? JSON.stringify(value, null, 2) : inertText(text()));
}

interface LintFlags extends Json {
  readonly format?: 'text' | 'github';
  readonly strict?: boolean;
  readonly lock?: string;
  readonly facts?: string;
}

export async function lint(path: string, flags: LintFlags): Promise<void> {
  const result = await lintPolicy(await bytesOf(path), path, {
    now: new Date(),
    ...(flags.lock && { lock: readLock(await jsonOf(flags.lock)) }),
    ...(flags.facts && { facts: readFacts(await jsonOf(flags.facts)) }),
  });
  say(flags.json === true ? lintJson(result) : inertText(lintText(result)));
  if (flags.format === 'github' && result.problems.length > 0) say(lintAnnotations(result));
  endWith(lintExit(result, flags.strict ?? false));
}

export async function explain(
  path: string,
  flags: Json & { readonly claims: string; readonly environment?: string; readonly rerunBy?: string },
): Promise<void> {
  const policy = await policyAt(path);
  const identity = identityOf(await jsonOf(flags.claims));
  const request = flags.environment === undefined ? {} : { environment: flags.environment };
  const party = flags.rerunBy === undefined ? identity : rerunBy(identity, rerunner(flags.rerunBy));
  const explanation = await explainDecision(policy, party, request, new Date());
  answer(flags, explanationValue(explanation), () => explanationText(explanation));
  endWith(explanation.allow ? 0 : DIFFERS);
}

function rerunner(written: string): string {
  if (RERUN_BY.test(written)) return written;
  throw new PassportError(
    'ERR_INPUT_INVALID',
    '--rerun-by: expected LOGIN:ID or unverified, got something else',
    {
      hint: 'Such as: --rerun-by octocat:583231. `gh api users/LOGIN --jq .id` has the id.',
    },
  );
}

interface TestFlags extends Json {
  readonly cases?: string;
  readonly format?: 'text' | 'github';
}

export async function test(path: string, flags: TestFlags): Promise<void> {
  const policy = await policyAt(path);
  const files = await suiteFiles(path, flags.cases);
  const suites = await Promise.all(files.map(async (file) => readSuite(await bytesOf(file), file)));
  const report = runSuites(policy, suites, new Date());
  answer(flags, report, () => reportText(report));
  if (flags.format === 'github') for (const each of reportAnnotations(report)) say(annotationLine(each));
  endWith(report.results.every(({ ok }) => ok) ? 0 : 1);
}

interface MatrixFlags extends Json {
  readonly markdown?: boolean;
  readonly diff?: readonly string[];
  readonly require?: readonly string[];
}

export async function matrix(path: string, flags: MatrixFlags): Promise<void> {
  const policy = await policyAt(path);
  const show = (table: TextTable) => (flags.markdown === true ? tableMarkdown(table) : tableText(table));
  const missing = forgotten(policy, flags.require ?? []);
  if (flags.diff !== undefined) {
    const [left, right] = flags.diff;
    if (left === undefined || right === undefined || flags.diff.length > 2)
      throw new PassportError(
        'ERR_INPUT_INVALID',
        `--diff: expected two environments, got ${flags.diff.length}`,
        {
          hint: 'Such as: policy matrix dbt.yml --diff staging production',
        },
      );
    const differences = matrixDiff(policy, left, right);
    const same = `${left} and ${right} differ in nothing.`;
    answer(flags, { left, right, differences }, () =>
      differences.length === 0 ? same : show(matrixDiffTable(differences, left, right)),
    );
    endWith(differences.length === 0 ? 0 : DIFFERS);
    return;
  }
  const rows = accessMatrix(policy);
  answer(flags, { policy: path, sha256: policy.sha256, rows, missing }, () => show(matrixTable(rows)));
  if (missing.length > 0 && flags.json !== true)
    say(
      inertText(['', 'No rule, so everything is denied:', ...missing.map((each) => `  ${each}`)].join('\n')),
    );
  endWith(missing.length === 0 ? 0 : DIFFERS);
}

export async function suggestRule(
  path: string,
  flags: Json & SuggestOptions & { readonly claims: string },
): Promise<void> {
  const { claims, json: _json, ...options } = flags;
  const suggestion = await suggest(
    await policyAt(path),
    identityOf(await jsonOf(claims)),
    new Date(),
    options,
  );
  answer(flags, suggestionValue(suggestion), () => suggestionText(suggestion));
  endWith(suggestion.kind === 'refused' ? DIFFERS : 0);
}

interface InitFlags extends Json, FirstFlags {
  readonly claims?: string;
  readonly grant?: readonly string[];
  readonly pinActor?: boolean;
  readonly selfHostedReason?: string;
}

export async function init(path: string, flags: InitFlags): Promise<void> {
  const given = flags.claims === undefined ? undefined : identityOf(await jsonOf(flags.claims)).claims;
  const [suitePath] = suitePaths(path);
  const first = await firstPolicy(firstClaims(given, flags), {
    grant: givenGrant(flags.grant ?? []),
    anyActor: flags.pinActor !== true,
    ...(flags.selfHostedReason && { selfHostedReason: flags.selfHostedReason }),
  });
  await writeNew(
    new Map([
      [path, first.policy],
      [suitePath, first.suite],
    ]),
  );
  const steps = firstSteps(await policyAt(path), path, suitePath);
  answer(flags, { policy: path, suite: suitePath, next: steps }, () => steps);
}

export async function diff(before: string, after: string, flags: Json): Promise<void> {
  const found = policyDiff(await policyAt(before), await policyAt(after));
  answer(flags, found, () => diffText(found));
  endWith(found.general.length + found.changes.length === 0 ? 0 : DIFFERS);
}
