import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { OWN_POLICY } from '../support/passport.ts';
import type { ActionResult } from '../support/runner.ts';
import { stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const FEATURE = { ref: 'refs/heads/feature/x', ref_protected: 'false' };
const NO_TOKEN = { ACTIONS_ID_TOKEN_REQUEST_URL: undefined, ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined };

describe('a denied run', () => {
  const scene = stage({ project: 'small', lives: 'describe' });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  let run: ActionResult;
  beforeAll(async () => {
    run = await scene.run({
      claims: FEATURE,
      inputs: { 'retention-days': '3' },
      env: { TRACEPARENT: `00-${traceId}-00f067aa0ba902b7-01` },
    });
  });

  it('says which clause failed and how to fix it, calls nothing else and leaves a signed record', async () => {
    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.outputs.get('decision')).toBe('deny');
    expect(run.outputs.get('rule')).toBe('');
    expect(run.outputs.get('audited-rule')).toBe('');
    expect(run.outputs.get('status')).toBe('denied');
    expect(run.outputs.get('dbt-exit-code')).toBe('');
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation?.title).toContain('ERR_POLICY_DENIED');
    expect(annotation?.message).toContain('refs/heads/feature/x');
    expect(run.log.text).toMatch(/^claim +token +rule +verdict$/m);
    expect(run.log.text).toMatch(/^ref +refs\/heads\/feature\/x +refs\/heads\/main +REF$/m);
    expect(run.summary).toContain('| claim | token | rule | verdict | likely cause | fix |');
    // One token for the gate, its keys, nothing for any cloud or signing service.
    expect(scene.peers.issuer.requests.map(({ path }) => path)).toEqual(['/token', '/.well-known/jwks']);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.names).toEqual([
      'dbt-evidence.sigstore.json',
      'decision.json',
      'policy.yml',
      'report.html',
    ]);
    expect(artifact.exitCode, artifact.text).toBe(3);
  });

  it('inside a trace keeps its trace id', () => {
    expect(run.outputs.get('trace-id')).toBe(traceId);
  });

  it('has an artifact that retention-days reaches', () => {
    const [stored] = [...scene.peers.artifacts.artifacts.values()];
    const days = (Date.parse(stored?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(days, run.stdout).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.1);
  });
});

describe('a run that is refused before dbt', () => {
  const scene = stage({ project: 'small', lives: 'describe' });
  /** How often the issuer and the API of GitHub were asked so far. */
  const asked = () => [scene.peers.issuer.requests.length, scene.peers.github.requests.length];

  it('a policy of the own repository comes from its default branch, never from the checkout, and is annotated', async () => {
    await mkdir(join(scene.workspace, '.github'));
    const everything = 'version: "1" # allows all, says the pull request that added it';
    await writeFile(join(scene.workspace, '.github', 'dbt-passport.yml'), everything);
    const run = await scene.run({ inputs: { policy: '' }, claims: FEATURE });

    expect(run.outputs.get('decision')).toBe('deny');
    const { files } = await verifyArtifact(scene.peers, run);
    const policy = files.get('policy.yml') ?? '';
    expect(JSON.parse(files.get('decision.json') ?? '').policySource).toBe(OWN_POLICY);
    expect(policy).not.toContain('allows all');
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation?.file).toBe('.github/dbt-passport.yml');
    expect(policy.split('\n')[Number(annotation?.line) - 1]).toContain('ref: refs/heads/main');
  });

  it('denied and the upload fails too: both are reported, the denial first', async () => {
    scene.peers.artifacts.fail({
      method: 'CreateArtifact',
      status: 400,
      code: 'invalid_argument',
      message: 'storage is full',
    });
    const run = await scene.run({ claims: FEATURE });
    scene.peers.artifacts.fail(undefined);

    expect(run.exitCode).toBe(1);
    expect(run.outputs.get('decision')).toBe('deny');
    expect(run.outputs.get('artifact-id')).toBe('');
    const titles = run.log.annotations.filter(({ level }) => level === 'error').map(({ title }) => title);
    expect(titles[0]).toContain('ERR_POLICY_DENIED');
    expect(titles[1]).toContain('ERR_UPLOAD_FAILED');
  });

  it('forged: a token signed by another key is refused', async () => {
    const { issuer } = scene.peers;
    const honest = issuer.key();
    await issuer.rotate();
    // The key set shows another key under the id of the one that signed.
    issuer.publish([{ ...honest.publicJwk, kid: issuer.key().kid }]);
    const run = await scene.run();
    issuer.publish([issuer.key().publicJwk]);

    expect(run.exitCode).toBe(1);
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.outputs.get('decision')).toBe('');
    expect(run.log.annotations[0]?.title).toContain('ERR_TOKEN_INVALID');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
  });

  it('expired: a token past its life is refused and says by how much', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const run = await scene.run({ claims: { iat: seconds - 700, nbf: seconds - 1300, exp: seconds - 400 } });

    expect(run.exitCode).toBe(1);
    expect(run.log.annotations[0]?.title).toContain('ERR_TOKEN_EXPIRED');
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.outputs.get('artifact-id')).not.toBe('');
  });

  it('no id-token: write: says which permission is missing and uploads the record', async () => {
    const before = scene.peers.issuer.requests.length;
    const run = await scene.run({ env: NO_TOKEN });

    expect(run.exitCode).toBe(1);
    expect(run.log.annotations[0]?.title).toContain('ERR_ID_TOKEN_UNAVAILABLE');
    expect(run.log.annotations[0]?.message).toContain('id-token: write');
    expect(scene.peers.issuer.requests.length).toBe(before);
    expect(run.outputs.get('artifact-id')).not.toBe('');
  });

  it('fork pull request: has no token and no signing key, so the record is uploaded unsigned and says so', async () => {
    const run = await scene.run({
      claims: { event_name: 'pull_request', ref: 'refs/pull/7/merge', head_ref: 'patch-1', base_ref: 'main' },
      inputs: { 'signing-key': '' },
      env: NO_TOKEN,
    });

    expect(run.exitCode).toBe(1);
    const titles = run.log.annotations.filter(({ level }) => level === 'error').map(({ title }) => title);
    expect(titles[0]).toContain('ERR_ID_TOKEN_UNAVAILABLE');
    expect(titles[1]).toContain('ERR_SIGN_FAILED');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.names).not.toContain('dbt-evidence.sigstore.json');
    expect(artifact.exitCode, artifact.text).toBe(1);
  });

  it('a pull request with a token (same repository) is denied by its event', async () => {
    const run = await scene.run({
      claims: { event_name: 'pull_request', ref: 'refs/pull/7/merge', head_ref: 'x', base_ref: 'main' },
    });
    expect(run.outputs.get('decision')).toBe('deny');
    expect(run.summary).toContain('pull_request');
  });

  it('an `environment` that is not the token’s is denied', async () => {
    const run = await scene.run({ inputs: { environment: 'staging' } });
    expect(run.outputs.get('decision')).toBe('deny');
    expect(run.log.annotations[0]?.title).toContain('REQUESTED_ENVIRONMENT');
  });

  it.each([
    ['run-operation drop_everything', 'COMMAND'],
    ['build --full-refresh', 'FULL_REFRESH'],
  ])('%s, which the rule does not allow, is denied before dbt works', async (command, reason) => {
    const run = await scene.run({ inputs: { command } });
    expect(run.outputs.get('status')).toBe('denied');
    expect(run.log.annotations[0]?.title).toBe(`ERR_DBT_SELECTION_FORBIDDEN ${reason}`);
    expect(run.outputs.get('dbt-exit-code')).toBe('');
    expect(run.stdout, 'dbt was not even opened').not.toContain('duckdb');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'denied');
    expect(artifact.exitCode, artifact.text).toBe(0);
  });

  it('an environment without TLS checks is refused before anything is asked', async () => {
    const before = asked();
    const run = await scene.run({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    expect(run.exitCode).toBe(1);
    expect(run.log.annotations[0]?.title).toContain('ERR_ENVIRONMENT_UNSAFE ENV_TLS');
    expect(run.outputs.get('status')).toBe('failed');
    expect(asked()).toEqual(before);
  });

  it('a project outside of the workspace is refused, by path and by link', async () => {
    await symlink('/', join(scene.workspace, 'away'));
    // The other ways out of it: project-folder.test.ts.
    for (const folder of ['..', 'away']) {
      const run = await scene.run({ inputs: { 'project-dir': folder } });
      expect(
        run.log.annotations.map(({ title }) => title),
        folder,
      ).toEqual(['ERR_INPUT_INVALID']);
    }
    await rm(join(scene.workspace, 'away'));
  });

  it('a token of another run is refused', async () => {
    const run = await scene.run({ github: { run_id: '999' } });
    expect(run.log.annotations[0]?.title).toContain('ERR_CONTEXT_MISMATCH');
  });

  it('a policy that cannot be read is never an allow', async () => {
    const before = scene.peers.issuer.requests.length;
    const run = await scene.run({ inputs: { policy: `octo-sec/policies/other.yml@${'a'.repeat(40)}` } });
    expect(run.log.annotations[0]?.title).toContain('ERR_POLICY_UNAVAILABLE');
    expect(scene.peers.issuer.requests.length).toBe(before);
    expect(run.outputs.get('decision')).toBe('');
  });
});
