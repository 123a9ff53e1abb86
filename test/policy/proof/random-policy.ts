import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { GRANTS } from './random-grants.ts';

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
export type Random = () => number;

export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the values. */
export function pick<T>(next: Random, values: readonly T[]): T {
  const value = values[Math.floor(next() * values.length)];
  if (value === undefined && values.length === 0) throw new Error('nothing to pick from');
  return value as T;
}

const SHAS = ['9a8b7c6d5e4f30213243546576879809a8b7c6d5', '1'.repeat(40), '2'.repeat(40)] as const;
const WORKFLOWS = ['octo-sec/workflows/.github/workflows/dbt.yml', 'octo-sec/x/.github/workflows/dbt.yml'];
const ENVIRONMENTS = ['prod', 'ci', 'a b/c'] as const;
const NODE = 'EN_kwDOAbCdEf4AAAAB';

/** A policy as text (JSON is YAML): up to three rules, each clause there or not; most hand out one of the grants. */
export function randomPolicy(next: Random, grants: readonly string[]): string {
  const all = Object.keys(GRANTS);
  const rules = ['r', 'r-2', 'r-3'].slice(0, 1 + Math.floor(next() * 3)).map((id) => ({
    ...randomRule(next, id),
    grants: [pick(next, next() < 0.85 ? grants : all)],
  }));
  const maybe = (chance: number, more: object) => (next() < chance ? more : {});
  return JSON.stringify({
    version: '1',
    issuer: 'https://token.actions.githubusercontent.com',
    audience: 'dbt-passport/acme',
    ...maybe(0.1, { not_after: OVER }),
    ...maybe(0.8, { sub_template: pick<unknown>(next, TEMPLATES) }),
    repositories: {
      shop: { name: 'octo-org/jaffle-shop', repository_id: '456789', repository_owner_id: '123456' },
      mart: { name: 'Octo-Org/mart', repository_id: '456790', repository_owner_id: '123456' },
    },
    grants: Object.fromEntries(Object.entries(GRANTS).map(([name, { written }]) => [name, written])),
    rules,
    deny: {
      ...maybe(0.3, { actor_id: ['99'] }),
      ...maybe(0.3, { job_workflow_sha: ['1'.repeat(40)] }),
      ...maybe(0.1, { repository_id: ['456790'] }),
    },
  });
}

/** Before the time of the tests. */
const OVER = '2026-01-01T00:00:00Z';

const TEMPLATES = [
  'immutable',
  'immutable',
  'legacy',
  ['repo', 'context', 'job_workflow_ref'],
  ['repo', 'context', 'event_name'],
  ['repo', 'ref', 'environment'],
];

function randomRule(next: Random, id: string): object {
  const maybe = (chance: number, more: object) => (next() < chance ? more : {});
  const open = next() < 0.2;
  const events = pick<unknown>(next, [['push'], ['push', 'schedule'], ['workflow_dispatch']]);
  return {
    id,
    repository: pick(next, ['shop', 'shop', 'mart']),
    environment: pick<unknown>(next, [...ENVIRONMENTS, { name: 'prod', node_id: NODE }]),
    ...(open ? { event_name: 'pull_request' } : { ref: pick<unknown>(next, REFS) }),
    ...(open ? {} : maybe(0.5, { event_name: { one_of: events } })),
    ...maybe(0.4, { ref_protected: pick(next, ['true', 'false', 'any']) }),
    ...maybe(0.3, { runner_environment: { one_of: ['github-hosted', 'self-hosted'] } }),
    ...maybe(0.3, { repository_visibility: 'private' }),
    ...maybe(0.5, {
      job_workflow: { path: pick(next, WORKFLOWS), sha: SHAS.slice(0, 1 + Math.floor(next() * 3)) },
    }),
    ...maybe(0.3, { actor_id: { one_of: pick(next, [['583231'], ['583231', '99'], ['99']]) } }),
    ...maybe(0.2, { actor_class: pick(next, ['human', 'app', 'agent']) }),
    ...maybe(0.1, { break_glass: { reason: 'the nightly run', expires: OVER } }),
    ...maybe(0.1, { last_reviewed: '2025-11-30', max_age_days: '30' }),
    ...maybe(0.05, { credentials: 'ambient' }),
  };
}

const REFS = [
  'refs/heads/main',
  'refs/tags/live',
  { one_of: ['refs/heads/main', 'refs/heads/live'] },
  { one_of: ['refs/heads/main', 'refs/tags/live', 'refs/tags/v2'] },
  { glob: 'refs/heads/release/*' },
  { glob: 'refs/tags/v*.*-prod' },
];

/** Texts of each claim that some token of the rule has; the claims of `sub` are not among them. */
export function wantedTexts(policy: Policy, rule: Rule): Wanted {
  const known = KNOWN.get(rule) ?? wantedOf(policy, rule);
  KNOWN.set(rule, known);
  return known;
}

type Wanted = Readonly<Record<string, readonly string[]>>;
const KNOWN = new WeakMap<Rule, Wanted>();

function wantedOf(policy: Policy, rule: Rule): Wanted {
  const { repository, environment, jobWorkflow, actorId } = rule;
  const shas = (jobWorkflow?.sha ?? SHAS).filter((sha) => !policy.deny.jobWorkflowSha.includes(sha));
  const path = jobWorkflow?.path ?? 'octo-org/jaffle-shop/.github/workflows/deploy.yml';
  const actors = { human: 'octocat', app: 'octo-app[bot]', agent: 'copilot' };
  return {
    repository: [repository.name],
    repository_owner: [repository.name.split('/')[0] ?? ''],
    repository_id: [repository.repositoryId],
    repository_owner_id: [repository.ownerId],
    environment: [environment.name],
    environment_node_id: [environment.nodeId ?? 'EN_other'],
    ref: wantedRefs(rule),
    ref_protected: rule.refProtected ? [rule.refProtected] : ['true', 'false'],
    event_name: rule.eventName,
    runner_environment: rule.runnerEnvironment,
    repository_visibility: rule.visibility ?? ['public', 'internal'],
    job_workflow_sha: shas.length === 0 ? SHAS : shas,
    job_workflow_ref: [...shas.map((sha) => `${path}@${sha}`), `${path}@refs/tags/v1`],
    actor_id: (actorId ?? ['583231', '7']).filter((id) => !policy.deny.actorId.includes(id)),
    actor: (rule.actorClass ?? ['human']).map((one) => actors[one]),
  };
}

function wantedRefs({ ref }: Rule): readonly string[] {
  if (ref === undefined) return ['refs/pull/7/merge', 'refs/heads/main'];
  if (ref.kind === 'glob') return ['1', 'a.b'].map((text) => ref.pattern.replaceAll('*', text));
  return ref.kind === 'equals' ? [ref.value] : ref.values;
}
