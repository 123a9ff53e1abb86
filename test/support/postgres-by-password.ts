import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { CloudPeers } from './passport.ts';
import { type PostgresCluster, startPostgresCluster } from './postgres-cluster.ts';

export const PASSWORD = 'ambient-password-of-an-earlier-step';
/** Of no use to PostgreSQL: never to be seen by dbt. */
export const OTHER = 'key-of-another-cloud-beside-it';

/** PostgreSQL with a password of its own, as a team has it before the federation. */
export async function postgresByPassword(): Promise<CloudPeers & { readonly cluster: PostgresCluster }> {
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
    cluster,
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
