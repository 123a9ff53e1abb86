import { beforeAll, describe, expect, it } from 'vitest';
import type { Issuer } from '../support/issuer.ts';
import { startLoopback } from '../support/loopback.ts';
import type { CloudPeers } from '../support/passport.ts';
import { PASSWORD, postgresByPassword } from '../support/postgres-by-password.ts';
import type { ActionResult } from '../support/runner.ts';
import { describeWith } from '../support/tools.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, type Reviewed, verifyArtifact } from './verify-artifact.ts';

const BRANCH = { ref: 'refs/heads/feature/x', ref_protected: 'false' };
const OWN = { policy: '' };
const audit = (policy: string) => policy.replace(/^issuer:/m, 'mode: audit\nissuer:');
const inRules = (line: string) => (policy: string) => policy.replace(/^( +)dbt:/gm, `$1${line}\n$1dbt:`);
const days = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

interface Watched extends CloudPeers {
  /** What was asked of AWS. */
  readonly asked: string[];
}

/** A warehouse with a password that the job has, and an AWS that counts who asks it for credentials. */
async function warehouse(_: Issuer): Promise<Watched> {
  const postgres = await postgresByPassword();
  const asked: string[] = [];
  const aws = await startLoopback((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(403).end('<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>');
  });
  return {
    ...postgres,
    asked,
    endpoints: { sts: aws.url, aws: aws.url },
    close: async () => {
      await Promise.all([postgres.close(), aws.close()]);
    },
  };
}

// One PostgreSQL, so the order counts: no cloud is asked before the last test.
describeWith(['warehouseDbt', 'postgres'], 'audit mode beside a rule with federated credentials', () => {
  const scene = stage({
    dbt: 'warehouse',
    clouds: warehouse,
    policy: audit,
    project: 'small',
    lives: 'describe',
  });
  const env = { PGPASSWORD: PASSWORD };

  it('a denied run builds with what its job has, asks no cloud, and nobody can take it for an allowed one', async () => {
    const run = await scene.run({ claims: BRANCH, inputs: OWN, env });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(scene.clouds.asked, 'calls for credentials').toEqual([]);
    expect(scene.peers.issuer.issued, 'one token for the gate, none for a cloud').toHaveLength(1);
    expect(Object.fromEntries(run.outputs)).toMatchObject({
      status: 'succeeded',
      decision: 'deny',
      rule: '',
      'audited-rule': 'production',
      'dbt-exit-code': '0',
    });
    const artifact = await verifyArtifact(scene.peers, run);
    const lines = artifact.files.get('policy.yml')?.split('\n') ?? [];
    const warning = run.log.annotations.find(({ title }) => title.startsWith('Audit mode'));
    expect(warning).toMatchObject({
      level: 'warning',
      title: 'Audit mode: this run would have been denied',
      file: '.github/dbt-passport.yml',
    });
    expect(warning?.message).toContain('got refs/heads/feature/x');
    expect(lines[Number(warning?.line) - 1]).toContain('ref: refs/heads/main');
    expect(run.log.text).toContain('DENIED; nearest rule production; audit mode lets it go on');
    expect(run.log.text).toMatch(/^status +succeeded in audit mode: it would have been denied/m);
    expect(run.summary).toMatch(/^## dbt-passport: Would have been denied: audit mode let it go on/);
    expect(artifact.files.get('report.html')).toContain('Would have been denied: audit mode let it go on');
    expect(artifact.files.get('lineage.ndjson')).toContain('"auditedRule":"production"');
    expect(predicateOf(artifact)).toMatchObject({
      status: 'succeeded',
      audit: { rule: 'production', wouldHaveBeenDenied: true },
      decision: { allow: false, rule: null },
      policy: { mode: 'audit' },
      credentialSource: 'ambient',
    });

    expect(artifact.exitCode, artifact.text).toBe(3);
    expect(artifact.text).toContain('AUDIT MODE: THE POLICY DENIED THIS RUN.');
    expect(artifact.text).toMatch(
      /\[FAILED\] expected-decision +denied, and let go on by audit mode; accept that with --expect-decision audited/,
    );
    const asked = ['--expect-decision', 'audited', '--expect-credentials', 'ambient', '--json'];
    const accepted = await verifyArtifact(scene.peers, run, ...asked);
    expect(accepted.exitCode, accepted.text).toBe(0);
    expect(JSON.parse(accepted.text)).toMatchObject({ authentic: true, matches: true, decision: 'audited' });
  });

  it('without a credential in its job it ends at the missing one, and still asks no cloud', async () => {
    const run = await scene.run({ claims: BRANCH });
    expect(run.exitCode).toBe(1);
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.outputs.get('audited-rule')).toBe('production');
    expect(run.log.annotations.map(({ title }) => title)).toContain('ERR_CREDENTIAL_UNAVAILABLE');
    expect(scene.clouds.asked).toEqual([]);
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'failed');
    expect(artifact.exitCode, artifact.text).toBe(3);
  });

  it('an allowed run does ask: it is an allowed run, also where its job has a password', async () => {
    const run = await scene.run({ env, inputs: { mode: 'auth-only' } });
    expect(run.outputs.get('decision')).toBe('allow');
    expect(scene.clouds.asked.length, run.stdout).toBeGreaterThan(0);
  });
});

// That DuckDB, which needs no credential, goes on in audit mode: pipeline-audit.test.ts. That it stops without: denied.test.ts.
describe('a run of DuckDB that the policy denies', () => {
  describe('in audit mode', () => {
    const scene = stage({ policy: audit });
    it('stays denied where the rule does not let dbt do it', async () => {
      const refused = await scene.run({ claims: BRANCH, inputs: { command: 'build --full-refresh' } });
      expect([refused.exitCode, refused.outputs.get('status')]).toEqual([1, 'denied']);
      const artifact = await verifyArtifact(scene.peers, refused, '--expect-status', 'denied');
      expect(artifact.exitCode, artifact.text).toBe(0);
    });
  });

  describe('in audit mode, for the deny list', () => {
    const scene = stage({ policy: (policy) => `${audit(policy)}\ndeny: { actor_id: ["583231"] }\n` });
    it('stops, and says that the mode does not soften that', async () => {
      const run = await scene.run({ claims: BRANCH });
      expect([run.exitCode, run.outputs.get('status'), run.outputs.get('audited-rule')]).toEqual([
        1,
        'denied',
        '',
      ]);
      const [error, ...others] = run.log.annotations;
      expect(others).toEqual([]);
      expect(error?.title).toBe('ERR_POLICY_DENIED DENY_LIST');
      expect(error?.message).toContain('The policy is in audit mode, which lets only a run go on');
      expect(run.outputs.get('dbt-exit-code')).toBe('');
      const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'denied');
      expect(artifact.exitCode, artifact.text).toBe(0);
    });
  });
});

describe.skipIf(!REAL_DBT)(`what is told of an allowed run${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const expires = `${days(-1)}T00:00:00Z`;
  const glass = `break_glass: { reason: "INC-4711: the nightly load", expires: "${expires}" }`;
  const review = `last_reviewed: "${days(95)}"\nmax_age_days: "100"`;
  const scene = stage({
    policy: (policy) => inRules(glass)(policy).replace(/^issuer:/m, `${review}\nissuer:`),
    project: 'small',
    lives: 'describe',
  });
  let run: ActionResult;
  let artifact: Reviewed;
  beforeAll(async () => {
    run = await scene.run({ inputs: OWN });
    artifact = await verifyArtifact(scene.peers, run);
  });

  it('by break-glass: why, until when and who, at its line of the policy and wherever the run is read', async () => {
    expect(run.exitCode, run.stdout).toBe(0);
    expect(artifact.exitCode, artifact.text).toBe(0);
    const warning = run.log.annotations.find(({ title }) => title.startsWith('Break-glass'));
    expect(warning).toMatchObject({ level: 'warning', file: '.github/dbt-passport.yml' });
    const lines = artifact.files.get('policy.yml')?.split('\n') ?? [];
    expect(lines[Number(warning?.line) - 1]).toContain('break_glass:');
    for (const text of [warning?.message, run.summary, artifact.text, artifact.files.get('report.html')]) {
      expect(text).toContain('INC-4711: the nightly load');
      expect(text).toContain('octocat');
      expect(text).toContain(expires);
    }
    const strict = await verifyArtifact(scene.peers, run, '--expect-decision', 'allowed');
    expect(strict.exitCode, strict.text).toBe(3);
  });

  it('by a policy that is due for review: until when it allows', () => {
    const told = `was last reviewed on ${days(95)}; after ${days(-5)} it allows nothing`;
    expect(run.log.annotations).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        title: 'A review is due',
        file: '.github/dbt-passport.yml',
      }),
    );
    for (const text of [run.summary, artifact.text, artifact.files.get('report.html')])
      expect(text).toContain(told);
  });
});
