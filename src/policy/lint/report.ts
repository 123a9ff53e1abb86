import { plain } from '../../untrusted.ts';
import { type LintProblem, titleOf } from './codes.ts';
import type { LintResult } from './lint.ts';

/** For a terminal: `file:line:column: E16 message`, the fix and the section of the documentation below it. */
export function lintText({ source, sha256, rules, problems }: LintResult): string {
  const name = plain(source, 500);
  const blocks = problems.flatMap(({ line, column, code, message, fix, docs }) => [
    `${name}:${line}:${column}: ${code} ${plain(message, 2_000)}`,
    `    fix: ${fix}`,
    `    see: ${docs}`,
  ]);
  const loaded = rules === undefined ? 'does not load' : `${rules} ${rules === 1 ? 'rule' : 'rules'}`;
  return [...blocks, `${name}: ${loaded}, ${counted(problems)}, sha256 ${sha256}`].join('\n');
}

/** For programs: the result as it is. */
export function lintJson(result: LintResult): string {
  return JSON.stringify(result, null, 2);
}

/**
 * For a pull request: one workflow command a problem, which GitHub shows at the line.
 * Source: GitHub docs, "Workflow commands", setting an error message; actions/toolkit escapes the same characters.
 */
export function lintAnnotations({ source, problems }: LintResult): string {
  return problems
    .map(({ severity, line, column, code, message, fix, docs }) => {
      const place = `file=${property(source)},line=${line},col=${column},title=${property(`${code}: ${titleOf(code)}`)}`;
      return `::${severity} ${place}::${data(`${message}\n${fix}\n${docs}`)}`;
    })
    .join('\n');
}

/** 1 when there is an error, or, with `strict`, a warning; else 0. */
export function lintExit({ problems }: LintResult, strict: boolean): 0 | 1 {
  return problems.some(({ severity }) => strict || severity === 'error') ? 1 : 0;
}

function counted(problems: readonly LintProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
