import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openAmbient } from '../../../src/credentials/ambient.ts';
import { NO_CREDENTIAL_FILES } from '../../../src/credentials/credential-files.ts';
import { renderProfiles } from '../../../src/dbt/profile.ts';
import type { AwsRole, Grant } from '../../../src/policy/grant-types.ts';
import { SNOWFLAKE_GRANT } from '../../support/credential-records.ts';

const aws: AwsRole = {
  roleArn: 'arn:aws:iam::111122223333:role/dbt',
  region: 'eu-central-1',
  audience: 'sts.amazonaws.com',
  durationSeconds: 3600,
  allow: [],
  policyArns: [],
};
const place = { host: 'db.example', port: 5432, database: 'shop', schema: 'core', threads: 4 };
const POSTGRES: Grant = { kind: 'postgres', aws, ...place, user: 'dbt', sslMode: 'require' };
const REDSHIFT: Grant = { kind: 'redshift', aws, ...place, clusterId: 'c' };

function profile(grant: Grant, endpoints: { readonly snowflake?: string } = {}): Record<string, unknown> {
  const context = { projectDir: '/p', credentials: 'ambient', stamps: {}, endpoints } as const;
  return parse(renderProfiles(grant, 'prod', context)).passport.outputs.prod;
}

describe('the profile of an ambient run', () => {
  it('logs in to Snowflake with a password or a key, without the federation and without the relay', () => {
    const output = profile(SNOWFLAKE_GRANT);
    expect(Object.keys(output)).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(authenticator|workload_\w+|token|host|port|protocol)$/),
      ]),
    );
    expect(output).toMatchObject({
      account: 'acme-prod',
      role: 'DBT_TRANSFORMER',
      password: "{{ env_var('DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_PASSWORD', '') }}",
      private_key: "{{ env_var('DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_PRIVATE_KEY', '') }}",
    });
    expect(profile(SNOWFLAKE_GRANT, { snowflake: 'http://127.0.0.1:4567' })).toMatchObject({
      host: '127.0.0.1',
      port: 4567,
    });
  });

  it('logs in to Redshift as a database user', () => {
    const output = profile(REDSHIFT);
    expect(output).toMatchObject({ method: 'database', host: 'db.example' });
    for (const key of ['cluster_id', 'region']) expect(output).not.toHaveProperty(key);
  });

  it.each<[string, Grant, Readonly<Record<string, string>>]>([
    ['snowflake', SNOWFLAKE_GRANT, { SNOWFLAKE_PASSWORD: 'a-password' }],
    [
      'snowflake by key',
      SNOWFLAKE_GRANT,
      { SNOWFLAKE_PRIVATE_KEY: 'a', SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'b' },
    ],
    ['redshift', REDSHIFT, { REDSHIFT_USER: 'u', REDSHIFT_PASSWORD: 'a-password' }],
    ['postgres', POSTGRES, { PGPASSWORD: 'a-password' }],
  ])('asks for every variable that %s is given', (_, grant, environment) => {
    const { variables } = openAmbient(grant, { environment, files: NO_CREDENTIAL_FILES });
    const asked = [...JSON.stringify(profile(grant)).matchAll(/env_var\('(\w+)'/g)].map(([, name]) => name);
    expect(variables.size).toBeGreaterThan(0);
    for (const name of variables.keys()) expect(asked).toContain(name);
  });
});
