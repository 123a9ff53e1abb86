import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runSuites } from '../../src/policy/commands/run-suite.ts';
import { readSuite } from '../../src/policy/commands/suite.ts';
import { knownKeys } from '../../src/policy/known-keys.ts';
import { lintPolicy } from '../../src/policy/lint/lint.ts';
import { load } from './fixture.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, EXAMPLES), 'utf8');
const ALL = text('rules/all.yml');
const SUITE = text('rules/all.test.yml');
const bytes = (content: string) => new TextEncoder().encode(content);

async function failures(policy: string, suite = SUITE) {
  const report = runSuites(await load(policy), [readSuite(bytes(suite), 'all')], new Date());
  return {
    ...report,
    failed: report.results.filter(({ ok }) => !ok).map(({ name, actual }) => `${name}: ${actual}`),
  };
}

describe('examples/rules/all.yml', () => {
  it('has nothing to correct', async () => {
    const { problems } = await lintPolicy(bytes(ALL), 'all.yml', { now: new Date('2026-11-22T00:00:00Z') });
    expect(problems).toEqual([]);
  });

  it('allows and denies as its suite says, each rule at least once', async () => {
    const { failed, untestedRules } = await failures(ALL);
    expect([failed, untestedRules]).toEqual([[], []]);
  });

  it.each([
    ['2026-12-15T00:00:00Z', 'break-glass: deny with BREAK_GLASS'],
    ['2026-12-21T00:00:00Z', 'break-glass: deny with RULE_REVIEW, BREAK_GLASS'],
    ['2027-05-02T00:00:00Z', 'the nightly run: deny with POLICY_EXPIRED'],
  ])('at %s allows less', async (now, expected) => {
    const { failed } = await failures(ALL, SUITE.replace(/^now: .*/m, `now: "${now}"`));
    expect(failed.map((each) => each.split(', POLICY')[0])).toContain(expected);
  });

  it.each([
    ['actor_class: { one_of: [human, app] }', 'a pull request of a coding agent'],
    [', node_id: EN_kwDOAbCdEf4AAAAB', 'the environment made again'],
    ['repository_visibility: { one_of: [private, internal] }', 'a public repository'],
    ['actor_id: "583231"', 'break-glass by somebody else'],
    ['actor_id: ["49699333"]', 'an actor on the deny list'],
    [
      'job_workflow_sha: [0123456789abcdef0123456789abcdef01234567]',
      'a version of the workflow on the deny list',
    ],
  ])('without %s, a case says so', async (term, name) => {
    const { failed } = await failures(ALL.replace(term, ''));
    expect(failed.map((each) => each.split(':')[0])).toContain(name);
  });

  it('uses, with the other examples, every key that a policy, a rule and its limits may have', () => {
    const files = readdirSync(new URL('policies/', EXAMPLES)).filter((name) => name.endsWith('.yml'));
    const policies = [ALL, ...files.map((name) => text(`policies/${name}`))].map((content) => parse(content));
    const rules = policies.flatMap((policy) => policy.rules);
    const limits = rules.flatMap((rule) => rule.dbt ?? []);
    const used = (objects: readonly object[]) => [...new Set(objects.flatMap(Object.keys))].sort();
    expect(used(policies)).toEqual(knownKeys([]).toSorted());
    expect(used(rules)).toEqual(knownKeys(['rules', '0']).toSorted());
    expect(used(limits)).toEqual(knownKeys(['rules', '0', 'dbt']).toSorted());
    const methods = limits.flatMap(({ within = [], never = [] }) =>
      [...within, ...never].map((selector: string) => selector.split(':')[0]),
    );
    expect([...new Set(methods)].sort()).toEqual([
      'access',
      'database',
      'group',
      'package',
      'path',
      'schema',
      'tag',
    ]);
  });
});
