import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import type { ClaimOverrides } from '../../support/claims.ts';
import { identity, load, NOW } from '../fixture.ts';

const shop = {
  repository: 'octo-org/jaffle-shop',
  repository_owner: 'octo-org',
  repository_id: '456789',
  repository_owner_id: '123456',
};
const main = { ref: 'refs/heads/main', ref_type: 'branch', ref_protected: 'true' };
const team = {
  job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0',
  job_workflow_sha: '9a8b7c6d5e4f30213243546576879809a8b7c6d5',
};
const node = 'EN_kwDOAbCdEf4AAAAB';

/** What an identity is made of: in each respect, names of values and the claims that they are. */
const RESPECTS = {
  repository: {
    shop,
    'shop in capitals': { ...shop, repository: 'Octo-Org/Jaffle-Shop' },
    'name taken again': { ...shop, repository_id: '990001' },
    'owner taken again': { ...shop, repository_owner_id: '990002' },
    fork: { repository: 'mallory/jaffle-shop', repository_id: '990003', repository_owner_id: '990004' },
    sibling: { ...shop, repository: 'octo-org/mart', repository_id: '456790' },
  },
  environment: {
    none: { environment: undefined, environment_node_id: undefined },
    ci: { environment: 'ci', environment_node_id: 'EN_ci' },
    prod: { environment: 'prod', environment_node_id: node },
    'prod made again': { environment: 'prod', environment_node_id: 'EN_again' },
    production: { environment: 'production', environment_node_id: 'EN_production' },
    analytics: { environment: 'analytics', environment_node_id: 'EN_analytics' },
    'prod:x': { environment: 'prod:x', environment_node_id: node },
  },
  event: {
    push: { event_name: 'push' },
    schedule: { event_name: 'schedule' },
    dispatch: { event_name: 'workflow_dispatch' },
    pull: { event_name: 'pull_request' },
    'pull target': { event_name: 'pull_request_target' },
    run: { event_name: 'workflow_run' },
  },
  ref: {
    main,
    'main, open': { ...main, ref_protected: 'false' },
    'main, a tag': { ...main, ref_type: 'tag' },
    'tag main': { ref: 'refs/tags/main', ref_type: 'tag', ref_protected: 'true' },
    topic: { ref: 'refs/heads/topic', ref_type: 'branch', ref_protected: 'false' },
    'pull 7': { ref: 'refs/pull/7/merge', ref_type: 'branch', ref_protected: 'false' },
  },
  workflow: {
    own: { job_workflow_ref: 'octo-org/jaffle-shop/.github/workflows/deploy.yml@refs/heads/main' },
    team,
    'team, other commit': { ...team, job_workflow_sha: '4f0b3d2c1e5a69788796a5b4c3d2e1f001122334' },
    lookalike: { ...team, job_workflow_ref: `octo-sec2${team.job_workflow_ref.slice('octo-sec'.length)}` },
  },
  runner: {
    hosted: { runner_environment: 'github-hosted' },
    'self-hosted': { runner_environment: 'self-hosted' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ClaimOverrides>>>>;

/** Every way to take one value from each list. */
function product(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (cells, values) => cells.flatMap((cell) => values.map((value) => [...cell, value])),
    [[]],
  );
}

/** Cells that are allowed, by rule: in each respect, in the order above, the names that may come together. */
type Listed = Readonly<Record<string, readonly (readonly string[])[]>>;

const SHOP = ['shop', 'shop in capitals'];
const ON_BRANCHES = ['push', 'schedule', 'dispatch'];
const ANY_WORKFLOW = ['own', 'team', 'team, other commit', 'lookalike'];
const ANY_REF = ['main', 'main, open', 'main, a tag', 'tag main', 'topic', 'pull 7'];

const POLICIES: readonly (readonly [file: string, allowed: number, listed: Listed])[] = [
  [
    'policies/smallest.yml',
    48,
    { prod: [SHOP, ['prod', 'prod made again'], ON_BRANCHES, ['main'], ANY_WORKFLOW, ['hosted']] },
  ],
  [
    'policies/team.yml',
    52,
    {
      ci: [SHOP, ['ci'], ['pull'], ANY_REF, ANY_WORKFLOW, ['hosted']],
      'prod-nightly': [SHOP, ['prod'], ['schedule', 'dispatch'], ['main'], ['team'], ['hosted']],
    },
  ],
  [
    'jaffle-shop/policy.yml',
    48,
    {
      production: [SHOP, ['production'], ON_BRANCHES, ['main'], ANY_WORKFLOW, ['hosted']],
      analytics: [SHOP, ['analytics'], ON_BRANCHES, ['main'], ANY_WORKFLOW, ['hosted']],
    },
  ],
];

const respects = Object.values<Readonly<Record<string, ClaimOverrides>>>(RESPECTS);
const CELLS = product(respects.map((values) => Object.keys(values)));

function claimsOf(cell: readonly string[]): ClaimOverrides {
  return Object.assign({}, ...cell.map((name, at) => respects[at]?.[name]));
}

describe('every identity that can be put together', () => {
  it('is one of at least 10,000', () => {
    expect(CELLS.length).toBeGreaterThanOrEqual(10_000);
  });

  it.each(POLICIES)('%s allows its %i listed cells and no other', async (file, allowed, listed) => {
    const text = readFileSync(new URL(`../../../examples/${file}`, import.meta.url), 'utf8');
    const loaded = await load(text);
    const aud = loaded.policy.audience;
    const actual = CELLS.flatMap((cell) => {
      const { allow, rule } = decide(loaded, identity({ ...claimsOf(cell), aud }), {}, NOW);
      return allow ? [`${rule}: ${cell.join(' | ')}`] : [];
    });
    const expected = Object.entries(listed).flatMap(([rule, lists]) =>
      product(lists).map((cell) => `${rule}: ${cell.join(' | ')}`),
    );
    expect(actual.toSorted()).toEqual(expected.toSorted());
    expect(actual).toHaveLength(allowed);
  });
});
