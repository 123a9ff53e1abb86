import { describe, expect, it } from 'vitest';
import { type LintProblem, lintProblem } from '../../../src/policy/lint/codes.ts';
import type { LintResult } from '../../../src/policy/lint/lint.ts';
import { lintAnnotations, lintExit, lintJson, lintText } from '../../../src/policy/lint/report.ts';

const ERROR = lintProblem({ code: 'E07', message: 'rule ci: 100 % open' }, { line: 27, column: 5 });
const WARNING = lintProblem({ code: 'W06', message: 'no rule uses x' }, { line: 3, column: 1 });

function result(...problems: readonly LintProblem[]): LintResult {
  return { source: 'policies/dbt.yml', sha256: 'ab', rules: 2, problems };
}

describe('lintText', () => {
  it('shows place, code, fix and section', () => {
    expect(lintText(result(WARNING, ERROR))).toBe(`policies/dbt.yml:3:1: W06 no rule uses x
    fix: Remove it.
    see: docs/lint.md#w06
policies/dbt.yml:27:5: E07 rule ci: 100 % open
    fix: Say why in \`allow_self_hosted\`, or use github-hosted runners.
    see: docs/lint.md#e07
policies/dbt.yml: 2 rules, 1 error, 1 warning, sha256 ab`);
  });

  it('says that a policy does not load', () => {
    const { rules: _, ...broken } = result(ERROR);
    expect(lintText(broken)).toMatch(/does not load, 1 error, 0 warnings, sha256 ab$/);
  });

  it('keeps foreign text on its line', () => {
    const text = lintText({ ...result(), source: 'a\n::error::b' });
    expect(text.split('\n')).toHaveLength(1);
  });
});

describe('lintAnnotations', () => {
  it('gives one workflow command a problem', () => {
    expect(lintAnnotations(result(WARNING, ERROR)).split('\n')).toEqual([
      '::warning file=policies/dbt.yml,line=3,col=1,title=W06%3A an entry that no rule uses::no rule uses x%0ARemove it.%0Adocs/lint.md#w06',
      '::error file=policies/dbt.yml,line=27,col=5,title=E07%3A self-hosted runners without a reason::rule ci: 100 %25 open%0ASay why in `allow_self_hosted`, or use github-hosted runners.%0Adocs/lint.md#e07',
    ]);
  });

  it('lets no name of a file become another command or property', () => {
    const odd = lintAnnotations({ ...result(ERROR), source: 'a,line=1::x\r\n::set-output name=x::y' });
    expect(odd.split(/[\r\n]/)).toHaveLength(1);
    expect(odd).toMatch(/^::error file=a%2Cline=1%3A%3Ax%0D%0A%3A%3Aset-output name=x%3A%3Ay,line=27,/);
  });

  it('is empty when there is nothing', () => {
    expect(lintAnnotations(result())).toBe('');
  });
});

describe('lintJson', () => {
  it('is the result', () => {
    expect(JSON.parse(lintJson(result(ERROR)))).toEqual(result(ERROR));
  });
});

describe('lintExit', () => {
  it.each([
    [[], false, 0],
    [[], true, 0],
    [[WARNING], false, 0],
    [[WARNING], true, 1],
    [[ERROR], false, 1],
    [[WARNING, ERROR], true, 1],
  ] as const)('of %j, strict %s, is %d', (problems, strict, code) => {
    expect(lintExit(result(...problems), strict)).toBe(code);
  });
});
