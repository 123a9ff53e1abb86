import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PassportError } from '../../../src/errors.ts';
import { annotationLine, inertText } from '../../../src/policy/commands/annotation.ts';
import { runSuites } from '../../../src/policy/commands/run-suite.ts';
import { readSuite } from '../../../src/policy/commands/suite.ts';
import { reportAnnotations, reportText } from '../../../src/policy/commands/suite-text.ts';
import { load, NOW, SMALLEST } from '../fixture.ts';

const BASE = `version: "1"
base:
  repository: octo-org/jaffle-shop
  repository_id: "456789"
  repository_owner_id: "123456"
  environment: prod
  ref: refs/heads/main
  ref_protected: "true"
  event_name: push
  runner_environment: github-hosted
cases:
`;
const ALLOW = '  - { name: main, expect: allow, rule: prod }\n';
const DENY = '  - { name: dev, claims: { ref: refs/heads/dev }, expect: deny, reasons: [REF] }\n';

const read = (text: string) => readSuite(new TextEncoder().encode(text), 'tests/dbt.test.yml');
const run = async (cases: string, policy = SMALLEST, head = BASE) =>
  runSuites(await load(policy), [read(`${head}${cases}`)], NOW);
const refusal = (text: string) => {
  try {
    read(text);
  } catch (error) {
    return error as PassportError;
  }
  throw new Error('the suite was read');
};

describe('a suite', () => {
  it('passes when every decision is as expected', async () => {
    const report = await run(ALLOW + DENY);
    expect(report.results.map(({ ok }) => ok)).toEqual([true, true]);
    expect(report.untestedRules).toEqual([]);
  });

  it('FF-A17 a case can be of a re-run by somebody else, or by somebody whom nobody verified', async () => {
    const denying = `${SMALLEST}deny: { actor_id: ["42"] }\n`;
    const base = BASE.replace('cases:', '  actor: octocat\n  actor_id: "1"\ncases:');
    const cases = [
      '{ name: bob, rerun_by: "bob:42", expect: deny, reasons: [DENY_LIST] }',
      '{ name: carol, rerun_by: "carol:43", expect: allow }',
      '{ name: nobody, rerun_by: unverified, expect: deny, reasons: [RERUN_UNVERIFIED] }',
      '{ name: second, claims: { run_attempt: "2" }, expect: deny, reasons: [RERUN_UNVERIFIED] }',
    ];
    const report = await run(cases.map((each) => `  - ${each}\n`).join(''), denying, base);
    expect(report.results.map(({ name, ok }) => [name, ok])).toEqual([
      ['bob', true],
      ['carol', true],
      ['nobody', true],
      ['second', true],
    ]);
    const odd = refusal(`${BASE}  - { name: x, rerun_by: bob, expect: deny }\n`);
    expect(odd.message).toContain('LOGIN:ID');
  });

  it.each([
    ['deny where it allows', '  - { name: x, expect: deny }\n', 'deny', 'allow by rule prod'],
    [
      'allow where it denies',
      '  - { name: x, claims: { ref: refs/heads/x }, expect: allow }\n',
      'allow',
      'deny with REF, NO_RULE',
    ],
    [
      'another rule',
      '  - { name: x, expect: allow, rule: other }\n',
      'allow by rule other',
      'allow by rule prod',
    ],
    [
      'another reason',
      '  - { name: x, claims: { ref: refs/heads/x }, expect: deny, reasons: [EVENT] }\n',
      'deny with EVENT',
      'deny with REF, NO_RULE',
    ],
    [
      'fewer reasons',
      '  - { name: x, claims: { ref: refs/heads/x, ref_protected: "false" }, expect: deny, reasons: [REF] }\n',
      'deny with REF',
      'deny with REF, REF_PROTECTED, NO_RULE',
    ],
    [
      'more reasons',
      '  - { name: x, claims: { ref: refs/heads/x }, expect: deny, reasons: [REF, EVENT] }\n',
      'deny with REF, EVENT',
      'deny with REF, NO_RULE',
    ],
  ])('fails for %s', async (_, cases, expected, actual) => {
    const { results } = await run(DENY + cases);
    expect(results[1]).toEqual({
      name: 'x',
      ok: false,
      file: 'tests/dbt.test.yml',
      line: 13,
      expected,
      actual,
    });
  });

  it('makes whole tokens: sub and ref_type follow the other claims unless they are written', async () => {
    const tag = '  - { name: tag, claims: { ref: refs/tags/main }, expect: deny, reasons: [REF] }\n';
    const sub = '  - { name: sub, claims: { sub: x }, expect: deny, reasons: [SUB_SHAPE] }\n';
    const aud = '  - { name: aud, claims: { aud: x }, expect: deny, reasons: [AUDIENCE] }\n';
    const without =
      '  - { name: none, without: [environment, ref], expect: deny, reasons: [CLAIM_MISSING] }\n';
    const input = '  - { name: input, environment: dev, expect: deny, reasons: [REQUESTED_ENVIRONMENT] }\n';
    const { results } = await run(ALLOW + tag + sub + aud + without + input);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  it.each(['legacy', 'immutable', '[repo, context, ref]'])(
    'makes a sub of the shape %s',
    async (template) => {
      const policy = SMALLEST.replace('repositories:', `sub_template: ${template}\nrepositories:`);
      expect((await run(ALLOW + DENY, policy)).results.map(({ ok }) => ok)).toEqual([true, true]);
    },
  );

  it('decides at the time that it names', async () => {
    const policy = SMALLEST.replace('repositories:', 'not_after: "2027-01-01T00:00:00Z"\nrepositories:');
    const late = BASE.replace('base:', 'now: "2027-01-02T00:00:00Z"\nbase:');
    const { results } = await run('  - { name: x, expect: deny, reasons: [POLICY_EXPIRED] }\n', policy, late);
    expect(results.map(({ ok }) => ok)).toEqual([true]);
  });

  it('tells rules that no case is allowed by', async () => {
    const report = await run(DENY);
    expect(report.untestedRules).toEqual(['prod']);
    expect(reportText(report)).toContain('# no case is allowed by rule prod');
  });

  it('is refused without a denying case: a policy that allows everything would pass it', () => {
    expect(refusal(BASE + ALLOW)).toMatchObject({ code: 'ERR_INPUT_INVALID', reason: 'NO_DENYING_CASE' });
  });

  it.each([
    ['no case', `${BASE.replace('cases:\n', 'cases: []\n')}`, ':11:8: cases: expected at least one item'],
    ['an unknown key', `${BASE}${DENY.replace('reasons', 'reason')}`, ':12:'],
    ['an unknown claim', BASE.replace('  ref:', '  reff:') + DENY, ':7:'],
    ['an unknown reason', BASE + DENY.replace('[REF]', '[REFF]'), ':12:'],
    ['no expectation', `${BASE}  - { name: x }\n`, 'missing key expect'],
    [
      'a rule for a denial',
      `${BASE}  - { name: x, expect: deny, rule: prod }\n`,
      ':12:5: a case that expects deny has no rule',
    ],
    [
      'reasons for an allowance',
      `${BASE}${DENY}  - { name: x, expect: allow, reasons: [REF] }\n`,
      ':13:5: a case that expects allow',
    ],
    ['an anchor', `${BASE}  - &x { name: x, expect: deny }\n`, 'anchors are refused'],
    ['no text', '\u0000', 'expected printable ASCII'],
  ])('is refused with %s', (_, text, message) => {
    const error = refusal(text);
    expect(error.code).toBe('ERR_INPUT_INVALID');
    expect(error.message).toMatch(/^tests\/dbt\.test\.yml:\d+:\d+: /);
    expect(error.message).toContain(message);
  });
});

describe('the report', () => {
  const FAILS = '  - { name: "##[error] 50%: a#b", claims: { ref: refs/heads/x }, expect: allow }\n';

  it('is TAP, with the place of what failed', async () => {
    await expect(`${reportText(await run(ALLOW + DENY + FAILS))}\n`).toMatchFileSnapshot('golden/test.txt');
  });

  it('has an annotation for each failure at its line', async () => {
    const lines = reportAnnotations(await run(ALLOW + DENY + FAILS)).map(annotationLine);
    expect(lines).toEqual([
      '::error file=tests/dbt.test.yml,line=14,title=policy test%3A ##[error] 50%25%3A a#b::expected allow, got deny with REF, NO_RULE',
    ]);
  });

  it('says nothing that the runner takes for a command', () => {
    expect(inertText('ok 1 - ##[error]x\n::set-output name=a::b')).toBe(
      'ok 1 - ##\\[error]x\n\\::set-output name=a::b',
    );
  });
});

describe('examples/policies/tests', () => {
  it.each(['smallest', 'team'])('%s.test.yml passes and leaves no rule out', async (name) => {
    const file = (path: string) =>
      readFileSync(new URL(`../../../examples/policies/${path}`, import.meta.url));
    const suite = readSuite(file(`tests/${name}.test.yml`), name);
    const report = runSuites(await load(file(`${name}.yml`).toString()), [suite], NOW);
    expect(report.results.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.untestedRules).toEqual([]);
  });
});
