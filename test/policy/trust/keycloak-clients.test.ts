import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/policy/grant-types.ts';
import { federatedSubjects, subjectProblems } from '../../../src/policy/trust/keycloak-clients.ts';
import type { Principal, Way } from '../../../src/policy/trust/principals.ts';
import { RULE } from '../../support/records.ts';

const GRANT: Grant = { kind: 'duckdb', path: 'a.duckdb', schema: 'main', threads: 1 };

/** A way of a rule with these subjects. */
function way(id: string, line: number, ...subjects: readonly string[]): Way {
  return {
    ...{ rule: { ...RULE, id, line }, grant: GRANT, grantName: 'warehouse', principal: 'p', audience: 'a' },
    ...{ checker: 'keycloak', unchecked: [] },
    checked: [
      { claim: 'aud', kind: 'values', values: ['a'] },
      ...(subjects.length > 0 ? [{ claim: 'sub', kind: 'values', values: subjects } as const] : []),
    ],
  };
}
const principals = (...ways: readonly Way[]): { principals: readonly Principal[] } => ({
  principals: ways.map((one) => ({ name: one.principal, ways: [one] })),
});

describe('the subjects that Keycloak takes for clients', () => {
  it('are each one, with every rule that allows it once and the line of the first', () => {
    const place = { repository: RULE.repository.name, environment: RULE.environment.name };
    const given = principals(way('a', 1, 'x', 'y'), way('b', 2, 'y', 'z'), way('b', 3, 'y'), way('c', 4));
    expect(federatedSubjects(given)).toEqual([
      { sub: 'x', ...place, rules: ['a'], line: 1 },
      { sub: 'y', ...place, rules: ['a', 'b'], line: 1 },
      { sub: 'z', ...place, rules: ['b'], line: 2 },
    ]);
  });
});

describe('what Keycloak would refuse', () => {
  const problems = (...ways: readonly Way[]) => {
    const given = principals(...ways);
    return subjectProblems(given, federatedSubjects(given));
  };
  const error = (line: number, message: string) => ({ level: 'error', target: 'keycloak', line, message });

  it('is nothing of short subjects that differ', () => {
    expect(problems(way('a', 1, 'x', 'y'), way('b', 2, 'y'))).toEqual([]);
    expect(problems(way('a', 1, 'x'.repeat(239)))).toEqual([]);
  });

  it('are rules without a closed list, each once', () => {
    expect(problems(way('a', 1), way('b', 2, 'x'), way('c', 3), way('a', 1))).toEqual(
      [
        ['a', 1],
        ['c', 3],
      ].map(([id, line]) =>
        error(
          Number(line),
          `no client for the rule ${id}: a part of sub is left open, and Keycloak compares the whole of it`,
        ),
      ),
    );
  });

  it('are subjects without room', () => {
    expect(problems(way('a', 1, 'x'.repeat(240)))).toEqual([
      error(1, 'a subject of 240 characters; Keycloak has room for 239'),
    ]);
  });

  it('are subjects that differ in case alone, each against one before it', () => {
    const told = (line: number, sub: string) =>
      error(line, `"${sub}" differs from another subject in case alone; users of Keycloak do not`);
    expect(problems(way('a', 1, 'Prod', 'ci'), way('b', 2, 'prod'), way('c', 3, 'PROD'))).toEqual([
      told(2, 'prod'),
      told(3, 'PROD'),
    ]);
  });
});
