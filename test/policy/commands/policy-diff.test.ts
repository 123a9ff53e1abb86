import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOWN_KEYS } from '../../../src/policy/commands/claim-space.ts';
import { diffText } from '../../../src/policy/commands/diff-text.ts';
import { policyDiff } from '../../../src/policy/commands/policy-diff.ts';
import { decide } from '../../../src/policy/decide.ts';
import { misses } from '../../../src/policy/match.ts';
import { FULL, identity, load, NOW, SMALLEST } from '../fixture.ts';

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/policies/${name}.yml`, import.meta.url), 'utf8');
const diff = async (before: string, after: string) => policyDiff(await load(before), await load(after));
const HEAD = SMALLEST.slice(0, SMALLEST.indexOf('rules:'));
const rules = (...lines: readonly string[]) =>
  `${HEAD}rules:\n${lines.map((line, index) => `  - { id: r${index}, repository: shop, environment: prod, grants: [warehouse], ${line} }\n`).join('')}`;
const NONE = { general: [], changes: [] };

describe('policyDiff', () => {
  it.each(['smallest', 'team', 'warehouses', 'snowflake'])('%s is the same as itself', async (name) => {
    expect(await diff(example(name), example(name))).toEqual(NONE);
  });

  it.each([
    [
      'a rule split by event',
      ['ref: refs/heads/main, event_name: { one_of: [push, schedule] }'],
      ['ref: refs/heads/main, event_name: push', 'ref: refs/heads/main, event_name: schedule'],
    ],
    [
      'a rule split by ref',
      ['ref: { one_of: [refs/heads/a, refs/heads/b] }'],
      ['ref: refs/heads/b', 'ref: refs/heads/a'],
    ],
    [
      'a rule split by person',
      ['ref: refs/heads/main, actor_id: { one_of: ["1", "2"] }'],
      ['ref: refs/heads/main, actor_id: "1"', 'ref: refs/heads/main, actor_id: "2"'],
    ],
    [
      'defaults written out',
      ['ref: refs/heads/main'],
      [
        'ref: { equals: refs/heads/main }, ref_protected: "true", runner_environment: github-hosted, event_name: { one_of: [workflow_dispatch, schedule, push] }',
      ],
    ],
    [
      'protection split in two',
      ['ref: refs/heads/main, ref_protected: any'],
      ['ref: refs/heads/main', 'ref: refs/heads/main, ref_protected: "false"'],
    ],
    [
      'classes of actors split',
      ['ref: refs/heads/main'],
      [
        'ref: refs/heads/main, actor_class: human',
        'ref: refs/heads/main, actor_class: { one_of: [app, agent] }',
      ],
    ],
    [
      'a list in another order',
      ['ref: refs/heads/main, dbt: { commands: [build, test] }'],
      ['ref: refs/heads/main, dbt: { commands: [test, build] }'],
    ],
  ])('%s is no change', async (_, before, after) => {
    expect(await diff(rules(...before), rules(...after))).toEqual(NONE);
    expect(await diff(rules(...after), rules(...before))).toEqual(NONE);
  });

  it('a grant of another name that gives the same is no change', async () => {
    expect(await diff(SMALLEST, SMALLEST.replaceAll('warehouse', 'house'))).toEqual(NONE);
  });

  it.each([
    [
      'an event',
      'ref: refs/heads/main, event_name: { one_of: [push, release] }',
      'gains',
      { event: ['release'], ref: ['refs/heads/main'] },
    ],
    [
      'a ref',
      'ref: { one_of: [refs/heads/main, refs/heads/dev] }, event_name: push',
      'gains',
      { event: ['push'], ref: ['refs/heads/dev'] },
    ],
    [
      'every person but one',
      'ref: refs/heads/main, event_name: push, actor_id: "7"',
      'loses',
      { actor: ['(any other)'] },
    ],
    [
      'agents',
      'ref: refs/heads/main, event_name: push, actor_class: { one_of: [human, app] }',
      'loses',
      { actor: ['(any other) (agent)'] },
    ],
    [
      'an unprotected branch',
      'ref: refs/heads/main, event_name: push, ref_protected: any',
      'gains',
      { ref_protected: ['false'] },
    ],
  ])('tells who gains or loses by %s', async (_, after, kind, when) => {
    const { changes } = await diff(rules('ref: refs/heads/main, event_name: push'), rules(after));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind, when, repository: 'octo-org/jaffle-shop', environment: 'prod' });
  });

  it('knows how patterns of refs overlap', async () => {
    const { changes } = await diff(
      rules('ref: { glob: refs/tags/v* }'),
      rules('ref: { glob: refs/tags/v1* }'),
    );
    expect(changes).toMatchObject([{ kind: 'loses', when: { ref: ['refs/tags/v* but not refs/tags/v1*'] } }]);
    const wider = await diff(rules('ref: refs/tags/v1'), rules('ref: { glob: refs/tags/v* }'));
    expect(wider.changes).toMatchObject([{ kind: 'gains', when: { ref: ['refs/tags/v*'] } }]);
  });

  it('two rules that hold for one token deny it', async () => {
    const both = rules('ref: refs/heads/main', 'ref: refs/heads/main, event_name: push');
    const { changes } = await diff(rules('ref: refs/heads/main'), both);
    expect(changes).toMatchObject([{ kind: 'loses', when: { event: ['push'] } }]);
  });

  it.each([
    [
      'commands',
      SMALLEST.replace('grants: [warehouse]', 'grants: [warehouse]\n    dbt: { commands: [build] }'),
      'dbt.commands',
    ],
    [
      'a life',
      SMALLEST.replace('grants: [warehouse]', 'grants: [warehouse]\n    max_ttl_seconds: "900"'),
      'maxTtlSeconds',
    ],
    ['the file of the grant', SMALLEST.replace('jaffle.duckdb', 'other.duckdb'), 'grant.path'],
    ['a tier', SMALLEST.replace('{ kind: duckdb,', '{ kind: duckdb, tier: prod,'), 'grant.tier'],
    [
      'a selection',
      SMALLEST.replace('grants: [warehouse]', 'grants: [warehouse]\n    dbt: { never: [tag:pii] }'),
      'dbt.never',
    ],
  ])('tells a change of %s', async (_, after, what) => {
    const { changes } = await diff(SMALLEST, after);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind: 'changes', before: 'prod', after: 'prod' });
    expect(changes[0]?.terms.map((term) => term.what)).toEqual([what]);
  });

  it.each([
    ['issuer', SMALLEST.replace('usercontent.com', 'usercontent.com/acme')],
    ['audience', SMALLEST.replace('dbt-passport/acme', 'dbt-passport/other')],
    ['deny.actorId', `${SMALLEST}deny: { actor_id: ["7"] }\n`],
    ['mode', SMALLEST.replace('repositories:', 'mode: audit\nrepositories:')],
    ['notAfter', SMALLEST.replace('repositories:', 'not_after: "2027-01-01T00:00:00Z"\nrepositories:')],
  ])('tells a change of the whole policy: %s', async (what, after) => {
    expect((await diff(SMALLEST, after)).general.map((term) => term.what)).toEqual([what]);
  });

  it('another repository id is another repository', async () => {
    const { changes } = await diff(SMALLEST, SMALLEST.replace('456789', '456790'));
    expect(changes.map(({ kind }) => kind).sort()).toEqual(['gains', 'loses']);
  });

  it('knows every clause that a rule can have', async () => {
    const [rule] = (await load(FULL.replace('    actor_id:', '    actor_class: human\n    actor_id:'))).policy
      .rules;
    if (rule === undefined) throw new Error('no rule');
    const keys = new Set(misses(rule, new Map()).map(({ key }) => key));
    expect(keys).toEqual(KNOWN_KEYS);
  });

  it('says no change exactly when the decisions on a sample of tokens are the same', async () => {
    const clause = fc
      .record({
        ref: fc.constantFrom(
          'refs/heads/main',
          '{ one_of: [refs/heads/main, refs/heads/a] }',
          '{ glob: refs/heads/a* }',
        ),
        event_name: fc.constantFrom('push', 'schedule', '{ one_of: [push, schedule] }'),
        actor_id: fc.constantFrom('"7"', '{ one_of: ["7", "8"] }', undefined),
      })
      .map((each) =>
        Object.entries(each)
          .flatMap(([key, value]) => (value ? `${key}: ${value}` : []))
          .join(', '),
      );
    const some = fc.array(clause, { minLength: 1, maxLength: 3 });
    const tokens = ['refs/heads/main', 'refs/heads/a', 'refs/heads/ab'].flatMap((ref) =>
      ['push', 'schedule'].flatMap((event_name) =>
        ['7', '8', '9'].map((actor_id) => identity({ ref, event_name, actor_id })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(some, some, async (left, right) => {
        const [before, after] = [await load(rules(...left)), await load(rules(...right))];
        const same = tokens.every(
          (token) => decide(before, token, {}, NOW).allow === decide(after, token, {}, NOW).allow,
        );
        expect(policyDiff(before, after).changes.length === 0).toBe(same);
      }),
      { numRuns: 80 },
    );
  });

  it('tells exactly the rules whose tokens gain, lose or change', async () => {
    const clause = fc.record({
      ref: fc.constantFrom(
        'refs/heads/main',
        '{ one_of: [refs/heads/main, refs/heads/a] }',
        '{ glob: refs/heads/a* }',
        '{ glob: refs/heads/a*b }',
      ),
      event_name: fc.constantFrom('push', 'schedule', '{ one_of: [push, schedule] }'),
      actor_id: fc.constantFrom('"7"', '"8"', '{ one_of: ["7", "8"] }'),
      max_ttl_seconds: fc.constantFrom('"900"', '"1800"'),
    });
    const lines = fc.array(
      clause.map((each) => Object.entries(each).map((entry) => entry.join(': '))),
      { minLength: 1, maxLength: 6 },
    );
    // Rules that stay, so that most of both policies is the same.
    const sides = fc.tuple(lines, lines, lines).map(([both, old, young]) => ({
      old: rules(...[...old.slice(0, 2), ...both].map((line) => line.join(', '))),
      young: rules(...[...both, ...young.slice(0, 2)].map((line) => line.join(', '))),
    }));
    const tokens = [
      'refs/heads/main',
      'refs/heads/a',
      'refs/heads/ab',
      'refs/heads/aab',
      'refs/heads/aba',
    ].flatMap((ref) =>
      ['push', 'schedule'].flatMap((event_name) =>
        ['7', '8'].map((actor_id) => identity({ ref, event_name, actor_id })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(sides, async ({ old, young }) => {
        const [before, after] = [await load(old), await load(young)];
        const by = (loaded: typeof before, token: (typeof tokens)[number]) => {
          const decision = decide(loaded, token, {}, NOW);
          return decision.allow ? loaded.policy.rules.find(({ id }) => id === decision.rule) : undefined;
        };
        const expected = tokens.flatMap((token) => {
          const [left, right] = [by(before, token), by(after, token)];
          return left?.maxTtlSeconds === right?.maxTtlSeconds ? [] : [`${left?.id} ${right?.id}`];
        });
        const told = policyDiff(before, after).changes.map((change) => `${change.before} ${change.after}`);
        expect(new Set(told)).toEqual(new Set(expected));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['refs', 500, (index: number) => `ref: refs/heads/b${index}`],
    ['people', 500, (index: number) => `ref: refs/heads/main, actor_id: "${index + 1}"`],
    ['patterns', 400, (index: number) => `ref: { glob: refs/heads/b${index}/* }`],
  ])(
    'compares hundreds of rules of one environment, for different %s',
    async (_, count, line) => {
      const lines = Array.from({ length: count }, (_unused, index) => line(index));
      const one = await diff(rules(...lines), rules(...lines.with(7, `${line(7)}, event_name: push`)));
      expect(one.changes.map(({ kind, before, after }) => [kind, before, after])).toEqual([
        ['loses', 'r7', undefined],
      ]);
      const every = await diff(
        rules(...lines),
        rules(...lines.map((each) => `${each}, event_name: release`)),
      );
      expect(every.changes).toHaveLength(2 * count);
    },
    20_000,
  );

  it('tells what it cannot compare, and never as no change', async () => {
    const [before, after] = [await load(rules('ref: refs/heads/a')), await load(rules('ref: refs/heads/b'))];
    const found = policyDiff(before, after, 10);
    expect(found.changes).toEqual([
      { kind: 'unclear', repository: 'octo-org/jaffle-shop', environment: 'prod', when: {}, terms: [] },
    ]);
    expect(diffText(found)).toMatch(/anything may have changed/);
    expect(policyDiff(before, before, 10)).toEqual(NONE);
  });

  it('tells patterns that overlap too often as unclear', async () => {
    const bits = (index: number) =>
      index.toString(2).padStart(6, '0').replaceAll('0', 'a').replaceAll('1', 'b');
    const globs = (event: string) =>
      rules(
        ...Array.from(
          { length: 64 },
          (_, i) => `ref: { glob: refs/tags/x*${bits(i)}*y }, event_name: ${event}`,
        ),
      );
    const { changes } = await diff(globs('push'), globs('schedule'));
    expect(changes.map(({ kind }) => kind)).toEqual(['unclear']);
  });

  it('is text for people', async () => {
    await expect(`${diffText(await diff(example('smallest'), example('team')))}\n`).toMatchFileSnapshot(
      'golden/diff.txt',
    );
    expect(diffText(NONE)).toBe('No change: the same identities are allowed the same.');
  });

  it('compares rules of many environments', async () => {
    const many = (event: string) =>
      `${HEAD}rules:\n${Array.from({ length: 200 }, (_, index) => `  - { id: r${index}, repository: shop, environment: e${index}, grants: [warehouse], ref: refs/heads/main, event_name: ${event} }\n`).join('')}`;
    const { changes } = await diff(many('push'), many('schedule'));
    expect(changes).toHaveLength(400);
  });
});
