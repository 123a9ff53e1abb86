import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimName, Identity } from '../../../src/identity/claims.ts';
import type { SuggestedRule } from '../../../src/policy/commands/suggest.ts';
import { suggest } from '../../../src/policy/commands/suggest.ts';
import { suggestionText, suggestionValue } from '../../../src/policy/commands/suggest-text.ts';
import { decide } from '../../../src/policy/decide.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import type { LoadedPolicy } from '../../../src/policy/policy.ts';
import { identity, load, NOW, SMALLEST } from '../fixture.ts';
import { anyIdentity, OTHERS, plausible } from './arbitrary.ts';

const TEAM = readFileSync(new URL('../../../examples/policies/team.yml', import.meta.url), 'utf8');
const DEV = { environment: 'stage', environment_node_id: 'EN_stage' };

const CLOUD = SMALLEST.replace(
  '{ kind: duckdb, path: jaffle.duckdb }',
  '{ kind: databricks, host: x.cloud.databricks.com, http_path: /sql/1.0/warehouses/a, catalog: c, schema: s, client_id: 11111111-2222-3333-4444-555555555555, audience: databricks }',
);

async function suggested(policy: string, claims: object, options = {}): Promise<SuggestedRule> {
  const found = await suggest(await load(policy), identity({ ...claims }), NOW, options);
  if (found.kind !== 'rule') throw new Error(JSON.stringify(found));
  return found;
}

const applied = (found: SuggestedRule) => loadPolicy(new TextEncoder().encode(found.policy), 'applied');

/** What was allowed stays allowed by the same rule, and the new rule allows only the token that it is for. */
function expectSameBut(
  found: SuggestedRule,
  before: LoadedPolicy,
  after: LoadedPolicy,
  token: Identity,
  other: Identity,
): void {
  const old = decide(before, other, {}, NOW);
  const now = decide(after, other, {}, NOW);
  if (old.allow || now.rule !== found.draft.rule.id) {
    expect(now.rule).toBe(old.rule);
    return;
  }
  const open = new Set<string>(found.open.map(({ claim }) => claim));
  // Of a pull request the ref is open; of job_workflow_ref the path counts, and the sha says which version.
  const compared = (Object.keys(OTHERS) as ClaimName[]).filter(
    (name) => !open.has(name) && !/^ref|^job_workflow_ref/.test(name),
  );
  for (const name of compared) expect([name, other.claims.get(name)]).toEqual([name, token.claims.get(name)]);
}

describe('suggest', () => {
  it('gives the rule as lines to paste', async () => {
    await expect(`${suggestionText(await suggested(TEAM, DEV))}\n`).toMatchFileSnapshot('golden/suggest.txt');
  });

  it('allows exactly the token: every claim that a rule can name is pinned', async () => {
    const policy = await applied(await suggested(TEAM, DEV));
    expect(decide(policy, identity(DEV), {}, NOW)).toMatchObject({ allow: true, rule: 'stage-push' });
    for (const [claim, values] of Object.entries(OTHERS)) {
      for (const value of values ?? []) {
        // With the `sub` of the token, and with the one that would follow.
        for (const sub of [{}, { sub: identity(DEV).claims.get('sub') }]) {
          const other = identity({ ...DEV, ...sub, [claim]: value });
          expect([claim, value, decide(policy, other, {}, NOW).allow]).toEqual([claim, value, false]);
        }
      }
    }
  });

  it('allows nothing else, and leaves as it was what was allowed before', async () => {
    const before = await load(TEAM);
    await fc.assert(
      fc.asyncProperty(
        plausible,
        fc.array(anyIdentity, { minLength: 30, maxLength: 30 }),
        async (claims, others) => {
          const found = await suggest(before, identity(claims), NOW);
          if (found.kind !== 'rule') return;
          const after = await applied(found);
          for (const other of others) expectSameBut(found, before, after, identity(claims), other);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('knows a repository of the policy by its ids, and writes an entry for another', async () => {
    expect((await suggested(TEAM, DEV)).draft.repository).toEqual({ key: 'shop' });
    const other = { ...DEV, repository: 'octo-org/shop', repository_id: '9' };
    const found = await suggested(TEAM, other);
    expect(found.draft.repository.key).toBe('shop-2');
    expect(suggestionText(found)).toContain('# under repositories:\n  shop-2: { name: octo-org/shop,');
    expect(decide(await applied(found), identity(other), {}, NOW).allow).toBe(true);
  });

  it('leaves the person open when asked, and says so', async () => {
    const found = await suggested(TEAM, DEV, { anyActor: true });
    expect(found.draft.rule).not.toHaveProperty('actor_id');
    expect(suggestionText(found)).toContain('actor_id: whoever may start the workflow');
    expect(decide(await applied(found), identity({ ...DEV, actor_id: '7' }), {}, NOW).allow).toBe(true);
  });

  it("leaves a job's own workflow open: it changes with every commit", async () => {
    const own = 'octo-org/jaffle-shop/.github/workflows/deploy.yml@refs/heads/main';
    const found = await suggested(TEAM, { ...DEV, job_workflow_ref: own });
    expect(found.draft.rule).not.toHaveProperty('job_workflow');
    expect(found.open.map(({ claim }) => claim)).toContain('job_workflow_ref');
  });

  it('takes a pull request on any ref, and only where its grant cannot harm', async () => {
    const claims = {
      environment: 'dev',
      event_name: 'pull_request',
      ref: 'refs/pull/7/merge',
      ref_protected: 'false',
    };
    expect(await suggest(await load(CLOUD), identity(claims), NOW)).toMatchObject({
      kind: 'refused',
      refusals: [{ message: expect.stringContaining('E06') }],
    });
    const harmless = CLOUD.replace('{ kind: databricks,', '{ kind: databricks, tier: nonprod,');
    expect((await suggested(harmless, claims)).draft.rule).not.toHaveProperty('ref');
  });

  it.each([
    [
      'an event that no rule can allow',
      { event_name: 'pull_request_target' },
      'no rule can allow pull_request_target',
    ],
    ['workflow_run', { event_name: 'workflow_run' }, 'no rule can allow workflow_run'],
    ['a job without environment', { environment: undefined }, 'the job names no environment'],
    ['an unprotected branch', { ref_protected: 'false' }, 'is not protected'],
    ['a runner of its own without a reason', { runner_environment: 'self-hosted' }, 'needs a reason'],
    ['another audience', { aud: 'sts.amazonaws.com' }, 'no rule can change this: aud'],
    ['an odd sub', { sub: 'repo:x/y:environment:stage' }, 'no rule can change this: sub'],
    ['look-alike letters', { repository: 'octo-org/jaffle\u2010shop' }, 'no rule can change this: sub'],
  ])('refuses %s', async (_, claims, message) => {
    const found = await suggest(await load(TEAM), identity({ ...DEV, ...claims }), NOW);
    expect(found).toMatchObject({
      kind: 'refused',
      refusals: [{ message: expect.stringContaining(message) }],
    });
    expect(suggestionText(found)).toMatch(/^No rule is suggested\.\n .*\n {4}fix: /);
  });

  it('names a reason for a runner of its own in the rule', async () => {
    const claims = { ...DEV, runner_environment: 'self-hosted' };
    const found = await suggested(TEAM, claims, { selfHostedReason: 'The warehouse is on premises.' });
    expect(found.draft.rule).toMatchObject({ runner_environment: 'self-hosted' });
    expect(suggestionText(found)).toContain('allow_self_hosted: "The warehouse is on premises."');
  });

  it('adds nothing when a rule allows the token already', async () => {
    const found = await suggest(await load(TEAM), identity({ event_name: 'schedule' }), NOW);
    expect(found).toEqual({ kind: 'allowed', rule: 'prod-nightly' });
    expect(suggestionText(found)).toContain('rule prod-nightly allows this token already');
  });

  it('refuses a grant that the policy lacks, and names the one that was meant', async () => {
    const asked = suggest(await load(TEAM), identity(DEV), NOW, { grant: 'warehuose' });
    await expect(asked).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      message: '--grant: the policy has no grant warehuose',
      hint: 'Did you mean warehouse?',
    });
    await expect(suggest(await load(TEAM), identity(DEV), NOW, { grant: 'x' })).rejects.toMatchObject({
      hint: 'It has: scratch, warehouse.',
    });
  });

  it('takes over what limits the nearest rule: commands, selection, life and keys that lie about', async () => {
    const strict = TEAM.replace(
      'grants: [warehouse]',
      'grants: [warehouse]\n    static_credentials: refuse\n    max_ttl_seconds: "900"',
    );
    const found = await suggested(strict, {});
    expect(found.draft.rule).toMatchObject({
      static_credentials: 'refuse',
      max_ttl_seconds: '900',
      dbt: { commands: ['build', 'source freshness'], never: ['tag:pii'], max_minutes: '60' },
    });
    const rules = (await applied(found)).policy.rules;
    expect(rules.map((rule) => [rule.maxTtlSeconds, rule.staticCredentials])).toEqual([
      [undefined, 'scrub'],
      [900, 'refuse'],
      [900, 'refuse'],
    ]);
  });

  it('has the same as JSON, with the lines', async () => {
    const json = suggestionValue(await suggested(TEAM, DEV));
    expect(json).toMatchObject({
      kind: 'rule',
      draft: { rule: { id: 'stage-push' } },
      yaml: expect.stringContaining('- id: stage-push'),
    });
  });
});
