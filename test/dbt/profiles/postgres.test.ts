import { describe, expect, it } from 'vitest';
import { postgresOutput } from '../../../src/dbt/profiles/postgres.ts';
import { stampsOf } from '../../../src/dbt/stamps.ts';
import type { PostgresGrant } from '../../../src/policy/grant-types.ts';

const GRANT: PostgresGrant = {
  ...{ kind: 'postgres', host: 'db.example', port: 5432, database: 'shop', schema: 'dbt', user: 'loader' },
  ...{ sslMode: 'verify-full', threads: 4 },
  aws: {
    ...{ roleArn: 'arn:aws:iam::111122223333:role/dbt', region: 'eu-west-1', audience: 'sts.amazonaws.com' },
    ...{ durationSeconds: 3600, allow: [], policyArns: [] },
  },
};
const traceId = 'a'.repeat(32);
const at = (runId: string) => ({
  projectDir: '/srv/dbt',
  credentials: 'federated' as const,
  endpoints: {},
  stamps: stampsOf({
    context: {
      ...{ repository: 'o/r', runId, runAttempt: '2', sha: 'b'.repeat(40), actor: 'cat' },
      serverUrl: 'https://github.com',
    },
    trace: { traceId },
    facts: {},
  }),
});

describe('postgresOutput', () => {
  it('leaves the password to the password file, and checks the name of the server', () => {
    expect(postgresOutput(GRANT, at('17'))).toEqual({
      ...{ type: 'postgres', host: 'db.example', port: 5432, user: 'loader', password: '' },
      ...{ dbname: 'shop', schema: 'dbt', sslmode: 'verify-full' },
      application_name: `dbt ${traceId} 17.2`,
    });
  });

  it('keeps the stamp within what PostgreSQL keeps of it', () => {
    expect(postgresOutput(GRANT, at('9'.repeat(40)))['application_name']).toHaveLength(63);
  });

  it.each([
    ['certs/rds.pem', '/srv/dbt/certs/rds.pem'],
    ['/opt/rds.pem', '/opt/rds.pem'],
  ])('finds the authorities %s from the project', (sslRootCert, sslrootcert) => {
    expect(postgresOutput({ ...GRANT, sslRootCert }, at('1'))).toMatchObject({ sslrootcert });
  });
});
