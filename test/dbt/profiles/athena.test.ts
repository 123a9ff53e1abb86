import { expect, it } from 'vitest';
import { athenaOutput } from '../../../src/dbt/profiles/athena.ts';
import { ROLE } from '../../credentials/aws/desk.ts';

const context = { projectDir: '/srv/dbt', credentials: 'federated', stamps: {}, endpoints: {} } as const;

/** With a key, a profile or a role in it, the adapters would not ask the broker. */
const CREDENTIALS = /key|token|password|profile|assume|user/;

it('athenaOutput leaves every credential to boto', () => {
  const output = athenaOutput(
    {
      ...{ kind: 'athena', aws: ROLE, s3StagingDir: 's3://b/athena/', s3DataDir: 's3://b/data/' },
      ...{ workGroup: 'dbt', database: 'awsdatacatalog', schema: 'marts', threads: 4 },
    },
    context,
  );
  expect(output).toEqual({
    type: 'athena',
    region_name: 'eu-central-1',
    s3_staging_dir: 's3://b/athena/',
    s3_data_dir: 's3://b/data/',
    work_group: 'dbt',
    database: 'awsdatacatalog',
    schema: 'marts',
  });
  expect(Object.keys(output).filter((key) => CREDENTIALS.test(key))).toEqual([]);
});
