import { describe, expect, it } from 'vitest';
import type { ClaimOverrides } from '../support/claims.ts';
import { codes, decideFor, FULL, SMALLEST } from './fixture.ts';

/** The claim rows of the attack suite, by row number. */
describe('claims', () => {
  /** Each must be denied with this code among the reasons. */
  async function denied(policy: string, code: string, cases: readonly ClaimOverrides[]): Promise<void> {
    for (const claims of cases) {
      const decision = await decideFor(policy, claims);
      expect([claims, decision.allow]).toEqual([claims, false]);
      expect(codes(decision)).toContain(code);
    }
  }

  it('C01 denies a name squatted with another id, and a renamed repository until the policy names it', async () => {
    await denied(FULL, 'REPO_ID', [{ repository_id: '999999' }]);
    await denied(FULL, 'REPOSITORY', [{ repository: 'octo-org/renamed' }]);
    const renamed = FULL.replace('octo-org/jaffle-shop', 'octo-org/renamed');
    expect((await decideFor(renamed, { repository: 'octo-org/renamed' })).allow).toBe(true);
  });

  it('C02 denies look-alikes', async () => {
    await denied(FULL, 'CLAIM_CHARSET', [
      { repository: '\u043ecto-org/jaffle-shop' },
      { repository: 'octo-org/jaffle\u200b-shop' },
      { environment: '\uff50\uff52\uff4f\uff44' },
      { environment: '\u202eprod' },
      { ref: 'refs/heads/ma\u0456n' },
    ]);
  });

  it('C03 allows another case of repository and environment', async () => {
    expect((await decideFor(FULL, { environment: 'Prod', repository: 'Octo-org/jaffle-shop' })).allow).toBe(
      true,
    );
  });

  it('C04 denies an environment that only begins, ends or is dressed like the one of the rule', async () => {
    await denied(FULL, 'ENVIRONMENT', [
      { environment: 'prod:ref:refs/heads/main' },
      { environment: 'prod%3Ax' },
      { environment: 'prod/..' },
      { environment: ' prod' },
      { environment: 'p'.repeat(256) },
    ]);
    await denied(FULL, 'CLAIM_CHARSET', [{ environment: 'prod\u00a0' }, { environment: 'prod\n' }]);
  });

  it('C05 denies an absent environment, a misspelt one and one made again', async () => {
    await denied(FULL, 'NO_RULE', [{ environment: undefined }, { environment: 'prodution' }]);
    await denied(FULL, 'CLAIM_MISSING', [{ environment: undefined }, { environment_node_id: undefined }]);
    await denied(FULL, 'ENV_NODE_ID', [{ environment_node_id: 'EN_kwDOAbCdEf4AAAAC' }]);
  });

  it('C06 denies a ref that only looks like the one of the rule', async () => {
    await denied(FULL, 'REF', [
      { ref: 'refs/heads/main:environment:prod' },
      { ref: 'refs/heads/main/../x' },
      { ref: 'refs/heads/refs/heads/main' },
      { ref: 'refs/tags/main', ref_type: 'tag' },
      { ref: 'main' },
      { ref_type: 'tag' },
    ]);
    await denied(FULL, 'CLAIM_MISSING', [{ ref: '' }, { ref: undefined }, { ref_type: undefined }]);
  });

  it('C07 a glob stays in one path part and takes no leading dot', async () => {
    const release = FULL.replace('ref: refs/heads/main', 'ref: { glob: refs/heads/release/* }');
    expect((await decideFor(release, { ref: 'refs/heads/release/1.2' })).allow).toBe(true);
    await denied(release, 'REF', [
      { ref: 'refs/heads/release/a/b' },
      { ref: 'refs/heads/release/' },
      { ref: 'refs/heads/release/.x' },
    ]);
    await denied(release, 'CLAIM_CHARSET', [{ ref: 'refs/heads/release/a\nb' }]);
  });

  it('C08 denies an unprotected ref, by default too', async () => {
    await denied(FULL, 'REF_PROTECTED', [{ ref_protected: 'false' }, { ref_protected: 'True' }]);
    await denied(SMALLEST, 'REF_PROTECTED', [{ ref_protected: 'false' }]);
    await denied(SMALLEST, 'CLAIM_MISSING', [{ ref_protected: undefined }]);
    await denied(SMALLEST, 'CLAIM_TYPE', [{ ref_protected: true }]);
  });

  it.each([
    'pull_request_target',
    'workflow_run',
    'issue_comment',
    'merge_group',
    'deployment',
    'repository_dispatch',
  ])('C09 denies %s', async (event_name) => {
    await denied(FULL, 'EVENT', [{ event_name }]);
    await denied(SMALLEST, 'EVENT', [{ event_name }]);
  });

  it('C09 says why pull_request_target is not the default branch', async () => {
    const decision = await decideFor(FULL, { event_name: 'pull_request_target' });
    expect(decision.reasons[0]?.cause).toContain('runs with the trust of the base repository');
  });

  it('C10 denies a pull request from a fork, whatever the name of its branch', async () => {
    const hostile = 'x\n::set-output name=decision::allow';
    await denied(FULL, 'EVENT', [{ event_name: 'pull_request', head_ref: hostile, base_ref: 'main' }]);
    const decision = await decideFor(FULL, { event_name: 'pull_request', head_ref: hostile });
    expect(JSON.stringify(decision)).not.toContain('set-output');
  });

  it('C11 denies another reusable workflow, another version of it, and the own one in its place', async () => {
    const own = 'octo-org/jaffle-shop/.github/workflows/dbt.yml@refs/heads/main';
    await denied(FULL, 'JOB_WORKFLOW', [
      { job_workflow_ref: 'evil/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0' },
      { job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml.yml@refs/tags/v1.4.0' },
      { job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml' },
      { job_workflow_ref: own, workflow_ref: own },
      {
        job_workflow_sha: 'a'.repeat(40),
        job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml@dev',
      },
    ]);
    await denied(FULL, 'CLAIM_MISSING', [{ job_workflow_sha: undefined }, { job_workflow_ref: undefined }]);
  });

  it('C12 takes no notice of the name of the workflow', async () => {
    expect((await decideFor(FULL, { workflow: 'anything' })).allow).toBe(true);
    await denied(FULL, 'JOB_WORKFLOW', [
      {
        workflow: 'Deploy',
        job_workflow_ref: 'octo-org/jaffle-shop/.github/workflows/x.yml@refs/heads/main',
      },
    ]);
  });

  it('C13 goes by the id of the actor, never by the name', async () => {
    await denied(FULL, 'ACTOR', [{ actor_id: '1' }, { actor_id: '49699333', actor: 'octocat' }]);
    await denied(`${FULL}deny: { actor_id: ["583231"] }\n`, 'DENY_LIST', [{ actor: 'somebody-else' }]);
    expect((await decideFor(FULL, { actor: 'github-actions[bot]' })).allow).toBe(true);
  });

  it('C14 denies another shape of sub and shows the rebuilt one', async () => {
    const immutable = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';
    const shapes = [
      'repo:octo-org/jaffle-shop:environment:prod',
      'repo:octo-org-123456/jaffle-shop-456789:environment:prod',
      'environment:prod:repo:octo-org@123456/jaffle-shop@456789',
      'environment:prod',
      `${immutable}:`,
      undefined,
      '',
      5,
    ];
    for (const sub of shapes) {
      const decision = await decideFor(FULL, { sub });
      expect([sub, decision.allow]).toEqual([sub, false]);
      expect(decision.reasons).toMatchObject([{ claim: 'sub', expected: immutable }]);
    }
    expect(codes(await decideFor(FULL, { sub: shapes[0] }))).toEqual(['SUB_SHAPE']);
  });

  it('C14 accepts a customised sub only as the policy declares it', async () => {
    const custom = FULL.replace('sub_template: immutable', 'sub_template: [repository_id, environment]');
    expect((await decideFor(custom, { sub: 'repository_id:456789:environment:prod' })).allow).toBe(true);
    await denied(custom, 'SUB_SHAPE', [{}, { sub: 'environment:prod:repository_id:456789' }]);
  });

  it('C15 denies a repository after its transfer to another owner', async () => {
    await denied(FULL, 'OWNER_ID', [{ repository_owner_id: '654321' }]);
  });

  it('C16 denies a repository that was made public, where the rule pins its visibility', async () => {
    await denied(FULL, 'VISIBILITY', [{ repository_visibility: 'public' }]);
    expect((await decideFor(SMALLEST, { repository_visibility: 'public' })).allow).toBe(true);
  });

  it('E06 denies a self-hosted runner, by default too', async () => {
    await denied(FULL, 'RUNNER', [{ runner_environment: 'self-hosted' }]);
    await denied(SMALLEST, 'RUNNER', [{ runner_environment: 'self-hosted' }]);
  });
});
