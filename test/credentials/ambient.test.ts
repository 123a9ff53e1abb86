import { describe, expect, it } from 'vitest';
import { openAmbient, openAmbientRoute } from '../../src/credentials/ambient.ts';
import { NO_CREDENTIAL_FILES } from '../../src/credentials/credential-files.ts';
import { PassportError } from '../../src/errors.ts';
import type { AwsRole, Grant } from '../../src/policy/grant-types.ts';
import { Secret } from '../../src/secret.ts';
import { SNOWFLAKE_GRANT } from '../support/credential-records.ts';
import { GRANT } from '../support/records.ts';

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
const REDSHIFT: Grant = { kind: 'redshift', aws, ...place };
const ATHENA: Grant = {
  kind: 'athena',
  aws,
  s3StagingDir: 's3://x/',
  database: 'd',
  schema: 's',
  threads: 1,
};
const DATABRICKS: Grant = {
  kind: 'databricks',
  host: 'x.databricks.com',
  httpPath: '/sql',
  catalog: 'c',
  schema: 's',
  clientId: 'i',
  audience: 'a',
  threads: 1,
};
const BIGQUERY: Grant = {
  kind: 'bigquery',
  project: 'acme',
  dataset: 'shop',
  provider: 'p',
  audience: 'a',
  delegates: [],
  scopes: [],
  lifetimeSeconds: 3600,
  threads: 1,
};

/** Everything that any grant could want, and more. */
const EVERYTHING: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'aws-secret-value',
  AWS_SESSION_TOKEN: 'aws-session-value',
  AWS_PROFILE: 'prod',
  AWS_REGION: 'us-east-1',
  GOOGLE_APPLICATION_CREDENTIALS: '/creds.json',
  SNOWFLAKE_PASSWORD: 'snowflake-value',
  SNOWFLAKE_TOKEN: 'never-taken',
  PGPASSWORD: 'postgres-value',
  REDSHIFT_USER: 'dbt_user',
  REDSHIFT_PASSWORD: 'redshift-value',
  DATABRICKS_TOKEN: 'databricks-value',
  GITHUB_TOKEN: 'never-taken',
};
const KEY_FILE = JSON.stringify({
  type: 'service_account',
  private_key_id: 'id',
  private_key: 'pem-value-of-google',
});
const files = { ...NO_CREDENTIAL_FILES, google: { content: new Secret(KEY_FILE), federated: false } };

function shown(grant: Grant, environment: Readonly<Record<string, string>> = EVERYTHING) {
  const { variables, fact, secrets } = openAmbient(grant, { environment, files });
  const values = [...variables].map(([name, value]) => [
    name,
    typeof value === 'string' ? value : value.reveal(),
  ]);
  return { variables: Object.fromEntries(values), fact, secrets: secrets.map((secret) => secret.reveal()) };
}

describe('openAmbient', () => {
  it.each<[string, Grant, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'athena',
      ATHENA,
      {
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'aws-secret-value',
        AWS_SESSION_TOKEN: 'aws-session-value',
        AWS_REGION: 'eu-central-1',
        AWS_DEFAULT_REGION: 'eu-central-1',
      },
      ['aws-secret-value', 'aws-session-value'],
    ],
    [
      'bigquery',
      BIGQUERY,
      { GOOGLE_APPLICATION_CREDENTIALS: '/creds.json', GOOGLE_CLOUD_PROJECT: 'acme' },
      ['pem-value-of-google'],
    ],
    [
      'databricks',
      DATABRICKS,
      { DBT_ENV_SECRET_PASSPORT_DATABRICKS_TOKEN: 'databricks-value' },
      ['databricks-value'],
    ],
    [
      'postgres',
      POSTGRES,
      { DBT_ENV_SECRET_PASSPORT_POSTGRES_PASSWORD: 'postgres-value' },
      ['postgres-value'],
    ],
    [
      'redshift',
      REDSHIFT,
      { DBT_PASSPORT_REDSHIFT_USER: 'dbt_user', DBT_ENV_SECRET_PASSPORT_REDSHIFT_PASSWORD: 'redshift-value' },
      ['redshift-value'],
    ],
    [
      'snowflake',
      SNOWFLAKE_GRANT,
      { DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_PASSWORD: 'snowflake-value' },
      ['snowflake-value'],
    ],
  ])('%s gets what it needs and nothing else', (_, grant, variables, secrets) => {
    const ambient = shown(grant);
    expect(ambient.variables).toEqual(variables);
    expect(ambient.secrets).toEqual(secrets);
    expect(ambient.fact).toMatchObject({ provider: 'ambient', issuedAt: '', expiresAt: '' });
    expect(JSON.stringify(ambient.fact)).not.toMatch(/-value|AKIA/);
  });

  it('takes a private key of Snowflake where there is no password', () => {
    const { variables, fact } = shown(SNOWFLAKE_GRANT, {
      SNOWFLAKE_PRIVATE_KEY: 'pem-value',
      SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'open sesame',
    });
    expect(variables).toEqual({
      DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_PRIVATE_KEY: 'pem-value',
      DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_PASSPHRASE: 'open sesame',
    });
    expect(fact?.route).toContain('SNOWFLAKE_PRIVATE_KEY, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE');
  });

  it('needs nothing for a local file, but keys for one that reads S3', () => {
    expect(shown(GRANT)).toEqual({ variables: {}, fact: null, secrets: [] });
    const s3 = { ...GRANT, kind: 'duckdb', s3: { scope: 's3://x', aws } } as const;
    expect(shown(s3).variables).toHaveProperty('AWS_SECRET_ACCESS_KEY');
  });

  it('does not call the name of a user or a database a secret: it would be found everywhere', () => {
    expect(shown(POSTGRES, { PGPASSWORD: 'postgres' }).secrets).toEqual([]);
  });

  it.each<[string, Grant, Readonly<Record<string, string>>, RegExp]>([
    ['no variable', SNOWFLAKE_GRANT, {}, /SNOWFLAKE_PASSWORD, or SNOWFLAKE_PRIVATE_KEY/],
    ['half of a pair', ATHENA, { AWS_ACCESS_KEY_ID: 'x' }, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
    ['an empty one', POSTGRES, { PGPASSWORD: '' }, /PGPASSWORD/],
  ])('refuses %s, naming what was expected', (_, grant, environment, message) => {
    const open = () => openAmbient(grant, { environment, files });
    expect(open).toThrow(message);
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_CREDENTIAL_UNAVAILABLE' }));
  });

  it('refuses a credential file that cannot be read', () => {
    const open = () => openAmbient(BIGQUERY, { environment: EVERYTHING, files: NO_CREDENTIAL_FILES });
    expect(open).toThrow(PassportError);
    expect(open).toThrow(/cannot be read/);
  });

  it('masks and records before dbt gets anything', async () => {
    const issued: unknown[] = [];
    const route = await openAmbientRoute({ environment: EVERYTHING, files })(POSTGRES, {
      issued: (fact, secrets) => void issued.push(fact.provider, secrets.length),
    });
    expect(issued).toEqual(['ambient', 1]);
    expect(route.lifetimes).toEqual([]);
  });
});
