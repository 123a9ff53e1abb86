import { describe, expect, it } from 'vitest';
import type { Account } from '../support/github-api.ts';
import { stage } from './scenario.ts';
import { predicateOf, verifyArtifact } from './verify-artifact.ts';

const OCTOCAT: Account = { login: 'octocat', id: 583231 };
const BOB: Account = { login: 'bob', id: 42 };
/** No dbt is needed to see who may do what. */
const inputs = { mode: 'auth-only' };
const claims = { run_attempt: '2' };

/** Anybody may, but for bob. */
const scene = stage({
  policy: (policy) => `${policy}\ndeny: { actor_id: ["42"] }\n`,
  project: 'small',
  lives: 'describe',
});

/** The run's second attempt as GitHub remembers it, started by `by`. */
function reran(by: Account, permission: 'read' | 'none', actor = OCTOCAT) {
  scene.peers.github.grantActions(permission);
  scene.peers.github.setAttempts([
    {
      repository: 'octo-org/jaffle-shop',
      repositoryId: 456789,
      runId: 1746933707,
      attempt: 2,
      event: 'push',
      headSha: '4f0b3d2c1e5a69788796a5b4c3d2e1f001122334',
      actor,
      triggeringActor: by,
    },
  ]);
  return scene.run({
    inputs,
    claims: { ...claims, actor: actor.login, actor_id: String(actor.id) },
    github: { triggering_actor: by.login },
  });
}

describe('FF-A17 a re-run by somebody else', () => {
  it("whom the deny list names is denied, by GitHub's word for this attempt, and both are on record", async () => {
    const run = await reran(BOB, 'read');

    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.outputs.get('decision')).toBe('deny');
    expect(run.log.text).toMatch(/^triggering_actor_id +42 .*DENY_LIST$/m);
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    expect(predicateOf(artifact).people).toEqual({
      startedBy: { login: 'octocat', id: '583231', kind: 'human' },
      attemptBy: { basis: 'github-api', login: 'bob', id: '42', kind: 'human' },
      event: 'push',
    });
    expect(artifact.text).toMatch(/started by +octocat \(id 583231\), by push/);
    expect(artifact.text).toMatch(/attempt by +bob \(id 42\)/);
    for (const text of [run.summary, artifact.files.get('report.html')]) {
      expect(text).toContain('octocat (id 583231)');
      expect(text).toContain('bob (id 42)');
    }
  });

  it('of a run that a denied person started is denied, whoever re-runs it', async () => {
    const run = await reran(OCTOCAT, 'read', BOB);
    expect(run.outputs.get('decision'), run.stdout).toBe('deny');
    expect(run.log.text).toMatch(/^actor_id +42 .*DENY_LIST$/m);
  });

  it('that the policy allows goes on', async () => {
    const run = await reran({ login: 'carol', id: 43 }, 'read');
    expect(run.exitCode, run.stdout).toBe(0);
    const artifact = await verifyArtifact(scene.peers, run, '--expect-status', 'auth-only');
    expect(artifact.exitCode, artifact.text).toBe(0);
  });

  it('whom nobody could verify is denied where the policy asks, and told the permission', async () => {
    const run = await reran({ login: 'carol', id: 43 }, 'none');
    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.log.text).toContain('RERUN_UNVERIFIED');
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    expect(annotation?.message).toContain('`actions: read`');
  });
});

describe('FF-A17 a first attempt', () => {
  it('needs no permission and no question', async () => {
    const before = scene.peers.github.requests.length;
    const run = await scene.run({ inputs });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(
      scene.peers.github.requests.slice(before).filter(({ path }) => path.includes('/actions/')),
    ).toEqual([]);
  });
});

describe('FF-A17 a re-run under a policy that asks nothing of people', () => {
  const open = stage({ project: 'small' });

  it('goes on without the permission, with one line in the log, and is recorded as asserted', async () => {
    const run = await open.run({ inputs, claims, github: { triggering_actor: 'bob' } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.log.annotations).toEqual([]);
    expect(run.log.text.split('\n').filter((line) => line.startsWith('people '))).toEqual([
      expect.stringMatching(/bob, NOT VERIFIED.*actions: read/),
    ]);
    const artifact = await verifyArtifact(open.peers, run, '--expect-status', 'auth-only');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(predicateOf(artifact).people?.attemptBy).toMatchObject({
      basis: 'asserted',
      login: 'bob',
      doubt: 'refused',
    });
  });
});
