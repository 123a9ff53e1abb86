import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { CloudPeers } from '../support/passport.ts';
import { startPostgresCluster } from '../support/postgres-cluster.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const PASSWORD = 'ambient-password-of-an-earlier-step';
const OTHER = 'key-of-another-cloud-beside-it';

/** PostgreSQL with a password of its own, as a team has it before the federation. */
async function postgresByPassword(): Promise<CloudPeers> {
  const cluster = await startPostgresCluster();
  await cluster.sql('postgres', `create role dbt login password '${PASSWORD}'`);
  await cluster.sql('postgres', 'create database analytics owner dbt');
  const rules = join(dirname(cluster.socket), 'data', 'pg_hba.conf');
  await writeFile(rules, `local all dbt scram-sha-256\n${await readFile(rules, 'utf8')}`);
  await cluster.sql('postgres', 'select pg_reload_conf()');
  const door = createServer((client) => {
    const server = connect(cluster.socket);
    client.pipe(server).pipe(client);
    for (const end of [client, server]) end.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as AddressInfo;
  return {
    grant: `
kind: postgres
aws: { role_arn: "arn:aws:iam::111122223333:role/dbt", region: eu-west-1 }
host: 127.0.0.1
port: "${port}"
database: analytics
schema: shop
user: dbt
ssl_mode: disable`,
    secrets: () => [PASSWORD, OTHER],
    close: async () => {
      door.close();
      await cluster.close();
    },
  };
}

describeWith(['warehouseDbt', 'postgres'], 'ambient credentials', () => {
  const scene = stage({
    dbt: 'warehouse',
    clouds: postgresByPassword,
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
