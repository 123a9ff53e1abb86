import { expect, it } from 'vitest';
import { redshiftOutput } from '../../../src/dbt/profiles/redshift.ts';
import { ROLE } from '../../credentials/aws/desk.ts';

const context = { projectDir: '/srv/dbt', credentials: 'federated', stamps: {}, endpoints: {} } as const;

/** With a key, a profile or a role in it, the adapters would not ask the broker. */
const CREDENTIALS = /key|token|password|profile|assume|user/;

it.each([
  ['a cluster', { clusterId: 'dbt' }, { cluster_id: 'dbt' }],
  ['a serverless work group', {}, {}],
])('redshiftOutput leaves every credential to boto: %s', (_, grant, more) => {
  const host = 'dbt.111122223333.eu-central-1.redshift-serverless.amazonaws.com';
  const output = redshiftOutput(
    {
      ...{ kind: 'redshift', aws: ROLE, host, port: 5439, database: 'dev', schema: 'marts', threads: 4 },
      ...grant,
    },
    context,
  );
  expect(output).toEqual({
    ...{ type: 'redshift', method: 'iam_role', host, port: 5439, dbname: 'dev', schema: 'marts' },
    region: 'eu-central-1',
    ...more,
  });
  expect(Object.keys(output).filter((key) => CREDENTIALS.test(key))).toEqual([]);
});
