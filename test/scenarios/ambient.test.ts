import { afterAll, expect, it } from 'vitest';
import { OTHER, PASSWORD, postgresByPassword } from '../support/postgres-by-password.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

describeWith(['warehouseDbt', 'postgres'], 'ambient credentials', () => {
  // One server for both tests: it keeps tables, and none of them looks at those.
  let postgres: ReturnType<typeof postgresByPassword> | undefined;
  const clouds = async () => {
    postgres ??= postgresByPassword();
    return { ...(await postgres), close: async () => {} };
  };
  afterAll(async () => await (await postgres)?.close());
  const scene = stage({
    dbt: 'warehouse',
    project: 'small',
    clouds,
    policy: (policy) => policy.replace(/^( +)dbt:/gm, '$1credentials: ambient\n$1dbt:'),
  });

  it('dbt builds with what an earlier step left, nothing is exchanged, and everything says so', async () => {
    const run = await scene.run({ env: { PGPASSWORD: PASSWORD, AWS_SECRET_ACCESS_KEY: OTHER } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.log.masks).toContain(PASSWORD);
    expect(scene.peers.issuer.issued, 'one token for the gate, none for a cloud').toHaveLength(1);
    expect(run.summary).toContain('These credentials were not issued for this run');
    const artifact = await verifyArtifact(scene.peers, run, '--expect-credentials', 'ambient');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.text).toContain('AMBIENT, not issued for this run');
    expect(artifact.files.get('report.html')).toContain('These credentials were not issued for this run.');
    const asked = await verifyArtifact(scene.peers, run, '--expect-credentials', 'federated');
    expect(asked.exitCode, asked.text).toBe(3);
  });

  it('a wrong password is refused by the warehouse: no other way in was left open', async () => {
    const run = await scene.run({ env: { PGPASSWORD: 'a-wrong-password-altogether' } });
    expect(run.exitCode, run.stdout).not.toBe(0);
    expect(run.log.text).toContain('password authentication failed');
  });
});
