import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { postgresGrant, postgresSchema } from '../../../src/policy/grants/postgres.ts';

const WRITTEN = {
  ...{ kind: 'postgres', host: 'db.example', database: 'shop', schema: 'dbt', user: 'loader' },
  aws: { role_arn: 'arn:aws:iam::111122223333:role/dbt', region: 'eu-west-1' },
};
const grant = (change: object) => postgresGrant(v.parse(postgresSchema, { ...WRITTEN, ...change }));

describe('kind: postgres', () => {
  it('checks the name of the server unless the policy says otherwise', () => {
    expect(grant({})).toMatchObject({ port: 5432, sslMode: 'verify-full', threads: 4 });
    expect(grant({})).not.toHaveProperty('sslRootCert');
    expect(grant({ ssl_mode: 'require', port: '5433' })).toMatchObject({ port: 5433, sslMode: 'require' });
  });

  it('takes a file of authorities, inside the project or absolute', () => {
    expect(grant({ ssl_root_cert: 'certs/rds.pem' })).toMatchObject({ sslRootCert: 'certs/rds.pem' });
    for (const path of ['../rds.pem', '/opt/../etc/x', '~/rds.pem', '', 'a b'])
      expect(() => grant({ ssl_root_cert: path }), path).toThrow('the path of a file');
  });

  it.each([{ ssl_mode: 'prefer' }, { ssl_mode: 'allow' }, { password: 'x' }])('refuses %j', (change) => {
    expect(() => grant(change)).toThrow();
  });
});
