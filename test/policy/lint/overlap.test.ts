import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT_IDS } from '../../../src/identity/actor-class.ts';
import { globMatches } from '../../../src/policy/glob.ts';
import { witnessOf } from '../../../src/policy/lint/overlap.ts';
import { overlapFindings } from '../../../src/policy/lint/overlap-check.ts';
import { commonText } from '../../../src/policy/lint/ref-overlap.ts';
import { misses } from '../../../src/policy/match.ts';
import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { LONG } from '../../support/long-runs.ts';
import { loadedPolicy, RULE } from '../../support/records.ts';

const RUNS = LONG ? 10 : 1;

/** Every text of up to `length` characters. */
function texts(alphabet: readonly string[], length: number): readonly string[] {
  if (length === 0) return [''];
  const shorter = texts(alphabet, length - 1);
  const longest = shorter.filter((text) => text.length === length - 1);
  return [...shorter, ...longest.flatMap((text) => alphabet.map((letter) => text + letter))];
}

const WORDS = texts(['a', 'b', '.', '/'], 6);
const literal = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 2 });
const inner = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), minLength: 1, maxLength: 1 });
const pattern = fc.oneof(
  fc.tuple(literal, literal).map((parts) => parts.join('*')),
  fc.tuple(literal, inner, literal).map((parts) => parts.join('*')),
);

describe('commonText', () => {
  it('finds a text exactly when one exists', () => {
    const seen = { some: 0, none: 0 };
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const found = commonText(a, b);
        const exists = WORDS.some((word) => globMatches(a, word) && globMatches(b, word));
        seen[exists ? 'some' : 'none'] += 1;
        if (found === undefined) expect([a, b, exists]).toEqual([a, b, false]);
        else expect([a, b, globMatches(a, found), globMatches(b, found)]).toEqual([a, b, true, true]);
      }),
      { numRuns: 300 * RUNS },
    );
    expect(Math.min(seen.some, seen.none)).toBeGreaterThan(20);
  });

  it.each([
    ['refs/heads/a*', 'refs/heads/*b', 'refs/heads/ab'],
    ['refs/tags/v*', 'refs/tags/v1*2*', 'refs/tags/v1a2a'],
  ])('%s and %s share %s', (a, b, text) => {
    expect(commonText(a, b)).toBe(text);
  });

  it.each([
    ['refs/heads/a*', 'refs/tags/a*'],
    ['refs/heads/a*', 'refs/heads/a'],
    ['refs/heads/a/*', 'refs/heads/a/.b*'],
    ['refs/heads/a*', 'refs/heads/a/b*'],
    ['refs/heads/x*y', 'refs/heads/x*z'],
  ])('%s and %s share nothing', (a, b) => {
    expect(commonText(a, b)).toBeUndefined();
  });

  it('ends for the longest patterns', () => {
    const long = `refs/heads/a*${'a'.repeat(220)}*a`;
    expect(commonText(long, `refs/heads/*${'a'.repeat(219)}b*`)).toBeDefined();
    expect(commonText(long, `refs/heads/a*${'a'.repeat(220)}*b`)).toBeUndefined();
  });
});

const subset = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const REFS = ['refs/heads/ab', 'refs/heads/aab', 'refs/tags/ab'];
const SHAS = ['a'.repeat(40), 'b'.repeat(40)];
const IDS = ['7', '8', String(AGENT_IDS[0])];

const drawn = fc.record({
  environment: fc.record({
    name: fc.constantFrom('prod', 'PROD', 'dev'),
    nodeId: maybe(fc.constantFrom('EN_1', 'EN_2')),
  }),
  ref: maybe(
    fc.oneof(
      fc.constantFrom(...REFS).map((value) => ({ kind: 'equals' as const, value })),
      subset(...REFS).map((values) => ({ kind: 'one-of' as const, values })),
      fc
        .constantFrom('refs/heads/a*', 'refs/heads/a*b', 'refs/tags/a*')
        .map((glob) => ({ kind: 'glob' as const, pattern: glob })),
    ),
  ),
  refProtected: maybe(fc.constantFrom('true' as const, 'false' as const)),
  eventName: subset('push', 'schedule'),
  runnerEnvironment: subset('github-hosted', 'self-hosted'),
  visibility: maybe(subset('public', 'private')),
  jobWorkflow: maybe(
    fc.record({
      path: fc.constantFrom('o/r/.github/workflows/a.yml', 'o/r/.github/workflows/b.yml'),
      sha: subset(...SHAS),
    }),
  ),
  actorId: maybe(subset(...IDS)),
  actorClass: maybe(subset('human' as const, 'app' as const, 'agent' as const)),
});

/** The keys that are not drawn are absent, as after loading. */
const rule = drawn.map(({ environment, ...clauses }): Rule => {
  const { ref: _, ...rest } = RULE;
  const set = Object.fromEntries(Object.entries(clauses).filter(([, value]) => value !== undefined));
  const { name, nodeId } = environment;
  return { ...rest, ...set, environment: { name, ...(nodeId && { nodeId }) } };
});

/** Every identity of the domain above, but for the ref and the workflow, which a rule's own values suggest. */
const claimSets = fc.record({
  repository: fc.constant(RULE.repository.name),
  repository_id: fc.constant(RULE.repository.repositoryId),
  repository_owner_id: fc.constant(RULE.repository.ownerId),
  environment: fc.constantFrom('prod', 'dev'),
  environment_node_id: fc.constantFrom('EN_1', 'EN_2'),
  ref: fc.constantFrom(...REFS),
  ref_protected: fc.constantFrom('true', 'false'),
  event_name: fc.constantFrom('push', 'schedule'),
  runner_environment: fc.constantFrom('github-hosted', 'self-hosted'),
  repository_visibility: fc.constantFrom('public', 'private'),
  workflow: fc.constantFrom('a', 'b'),
  job_workflow_sha: fc.constantFrom(...SHAS),
  actor_id: fc.constantFrom(...IDS),
  actor: fc.constantFrom('octocat', 'renovate[bot]', 'cursor[bot]'),
});

type ClaimSet = typeof claimSets extends fc.Arbitrary<infer T> ? T : never;

/** The claims, with a value of the rule wherever theirs is none of it: random claims seldom satisfy a rule. */
function fitted(a: Rule, set: ClaimSet): Parameters<typeof misses>[1] {
  const one = (value: string, of: readonly string[] | undefined) =>
    of === undefined || of.includes(value) ? value : (of[0] ?? value);
  const { ref: clause, jobWorkflow } = a;
  const refs =
    clause?.kind === 'equals' ? [clause.value] : clause?.kind === 'one-of' ? clause.values : undefined;
  const ref = one(set.ref, refs);
  const sha = one(set.job_workflow_sha, jobWorkflow?.sha);
  const { workflow, ...claims } = {
    ...set,
    ref,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    environment: a.environment.name,
    environment_node_id: a.environment.nodeId ?? set.environment_node_id,
    ref_protected: a.refProtected ?? set.ref_protected,
    event_name: one(set.event_name, a.eventName),
    runner_environment: one(set.runner_environment, a.runnerEnvironment),
    repository_visibility: one(set.repository_visibility, a.visibility),
    job_workflow_sha: sha,
    job_workflow_ref: `${jobWorkflow?.path ?? `o/r/.github/workflows/${set.workflow}.yml`}@${sha}`,
    actor_id: one(set.actor_id, a.actorId),
  };
  return new Map(Object.entries(claims)) as Parameters<typeof misses>[1];
}

describe('witnessOf', () => {
  it('shows claims that both rules hold for', () => {
    let shown = 0;
    fc.assert(
      fc.property(rule, rule, (a, b) => {
        const witness = witnessOf(a, b);
        if (witness === undefined) return;
        shown += 1;
        expect([...misses(a, witness), ...misses(b, witness)]).toEqual([]);
      }),
      { numRuns: 2_000 * RUNS },
    );
    expect(shown).toBeGreaterThan(50);
  });

  it('shows some whenever two rules hold for any claims', () => {
    let both = 0;
    fc.assert(
      fc.property(rule, rule, fc.array(claimSets, { minLength: 8, maxLength: 8 }), (a, b, sets) => {
        for (const set of sets) {
          const claims = fitted(a, set);
          if (misses(a, claims).length + misses(b, claims).length > 0) continue;
          both += 1;
          expect(witnessOf(a, b)).toBeDefined();
        }
      }),
      { numRuns: 1_000 * RUNS },
    );
    expect(both).toBeGreaterThan(20);
  });

  it('is the same whichever rule comes first', () => {
    fc.assert(
      fc.property(rule, rule, (a, b) => {
        expect(witnessOf(a, b) === undefined).toBe(witnessOf(b, a) === undefined);
      }),
      { numRuns: 500 * RUNS },
    );
  });
});

describe('overlapFindings', () => {
  const policyOf = (rules: readonly Rule[]): Policy => ({ ...loadedPolicy().policy, rules });

  it('finds every rule that shares a token with an earlier one', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), (drawnRules) => {
        const rules = drawnRules.map((one, index) => ({ ...one, id: `rule-${index}` }));
        const expected = rules.flatMap((one, index) =>
          rules.slice(0, index).some((earlier) => witnessOf(earlier, one)) ? [index] : [],
        );
        expect(overlapFindings(policyOf(rules)).map(({ path }) => path[1])).toEqual(expected);
      }),
      { numRuns: 300 * RUNS },
    );
  });

  it('says so when there are more pairs than it compares', () => {
    const { ref: _, ...open } = RULE;
    const rules = Array.from(
      { length: 1_100 },
      (_unused, index): Rule => ({ ...open, id: `r${index}`, actorId: [`${index + 1}`] }),
    );
    const [finding, ...more] = overlapFindings(policyOf(rules));
    expect([finding?.code, more]).toEqual(['E16', []]);
    expect(finding?.message).toMatch(/are not compared$/);
  });
});
