import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainDecision, explanationText } from '../../../src/policy/commands/explanation.ts';
import { decide } from '../../../src/policy/decide.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import { decideFor, FULL, identity, load, NOW } from '../fixture.ts';
import { anyIdentity, plausible } from './arbitrary.ts';

const TEAM = readFileSync(new URL('../../../examples/policies/team.yml', import.meta.url), 'utf8');

const explained = async (claims: object, request = {}, policy = TEAM) =>
  explainDecision(
    await loadPolicy(new TextEncoder().encode(policy), 'examples/policies/team.yml'),
    identity({ ...claims }),
    request,
    NOW,
  );

describe('explainDecision', () => {
  it('shows the denial and both changes', async () => {
    await expect(`${explanationText(await explained({}))}\n`).toMatchFileSnapshot('golden/explain.txt');
  });

  it('is the decision alone when it allows', async () => {
    const allowed = await explained({ event_name: 'schedule' });
    expect(allowed).toMatchObject({ allow: true, rule: 'prod-nightly' });
    expect(allowed).not.toHaveProperty('workflowChange');
    expect(explanationText(allowed)).toMatch(/^Allowed by rule prod-nightly/);
  });

  it('finds the rule with the fewest things to change', async () => {
    const { workflowChange } = await explained({ environment: 'ci', environment_node_id: 'EN_ci' });
    expect(workflowChange).toEqual({
      rule: 'ci',
      steps: [{ where: '`on:` of the workflow', from: 'push', to: 'pull_request' }],
    });
  });

  it('names each place of the workflow once', async () => {
    const { workflowChange } = await explained(
      {
        environment: 'prod2',
        environment_node_id: 'EN_2',
        ref: 'refs/tags/v1',
        ref_type: 'tag',
        ref_protected: 'false',
        event_name: 'schedule',
        runner_environment: 'self-hosted',
        job_workflow_ref: 'octo-org/jaffle-shop/.github/workflows/x.yml@refs/tags/v1',
        job_workflow_sha: 'a'.repeat(40),
      },
      { environment: 'prod2' },
    );
    expect(workflowChange?.rule).toBe('ci');
    const only = TEAM.slice(0, TEAM.indexOf('  - id: ci')) + TEAM.slice(TEAM.indexOf('  - id: prod-nightly'));
    const { workflowChange: change } = await explained(
      {
        environment: 'prod2',
        environment_node_id: 'EN_2',
        ref: 'refs/tags/v1',
        ref_type: 'tag',
        event_name: 'schedule',
        job_workflow_sha: 'a'.repeat(40),
      },
      { environment: 'prod2' },
      only.replace('  scratch: { kind: duckdb, path: target/ci.duckdb, schema: ci }\n', ''),
    );
    expect(change?.steps.map(({ where }) => where)).toEqual([
      '`environment:` of the job',
      'the branch or tag it runs on',
      '`uses:` of the job',
      'the `environment` input of the step',
    ]);
  });

  it.each([
    ['another repository', { repository_id: '1' }],
    ['another person', { actor_id: '7' }],
    ['an environment that was made again', { environment_node_id: 'EN_other' }],
    ['another audience', { aud: 'x' }],
    ['a sub of another shape', { sub: 'repo:octo-org/jaffle-shop:environment:prod' }],
  ])('has no change of the workflow for %s', async (_, claims) => {
    const explanation = await explained(claims, {}, FULL);
    expect(explanation.workflowChange).toBeUndefined();
    expect(explanationText(explanation)).toContain('No change of the workflow would be allowed.');
  });

  it('suggests no change of the policy for an event that no rule can allow, nor against the caller', async () => {
    const event = await explained({ event_name: 'pull_request_target' });
    expect(explanationText(event)).toContain(
      'No change of the policy is suggested.\n  no rule can allow pull_request_target',
    );
    expect(await explained({ event_name: 'schedule' }, { environment: 'ci' })).not.toHaveProperty(
      'policyChange',
    );
  });

  it('a change of the policy allows these claims, and leaves what was allowed before', async () => {
    const before = await load(TEAM);
    await fc.assert(
      fc.asyncProperty(
        plausible,
        fc.array(anyIdentity, { minLength: 10, maxLength: 10 }),
        async (claims, others) => {
          const { policyChange } = await explainDecision(before, identity(claims), {}, NOW);
          if (policyChange?.kind !== 'rule') return;
          const { draft, policy } = policyChange;
          expect(await decideFor(policy, claims)).toMatchObject({ allow: true, rule: draft.rule.id });
          const after = await load(policy);
          for (const other of others) {
            const old = decide(before, other, {}, NOW);
            if (old.allow) expect(decide(after, other, {}, NOW).rule).toBe(old.rule);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds every line of the sentences to 100 columns', async () => {
    const lines = explanationText(await explained({})).split('\n');
    expect(lines.filter((line) => line.length > 100 && /^ {4,}[a-z]/.test(line))).toEqual([]);
  });
});
