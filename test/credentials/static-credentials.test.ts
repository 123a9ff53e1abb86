import { describe, expect, it } from 'vitest';
import type { CredentialFiles } from '../../src/credentials/credential-files.ts';
import { NO_CREDENTIAL_FILES } from '../../src/credentials/credential-files.ts';
import {
  checkStaticCredentials,
  findStaticCredentials,
  refuseStatic,
  type StaticCredential,
} from '../../src/credentials/static-credentials.ts';
import { isStaticVariable } from '../../src/credentials/static-variables.ts';
import { PassportError } from '../../src/errors.ts';
import type { Rule } from '../../src/policy/policy.ts';
import { Secret } from '../../src/secret.ts';
import { SNOWFLAKE_GRANT } from '../support/credential-records.ts';
import { RULE } from '../support/records.ts';

const files = (change: Partial<CredentialFiles>): CredentialFiles => ({ ...NO_CREDENTIAL_FILES, ...change });
const rule = (change: Partial<Rule>, env: readonly string[] = []): Rule => ({
  ...RULE,
  ...change,
  dbt: { ...RULE.dbt, env },
});

describe('isStaticVariable', () => {
  it.each(
    `AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_SHARED_CREDENTIALS_FILE
     GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS CLOUDSDK_AUTH_ACCESS_TOKEN CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE
     SNOWFLAKE_PASSWORD SNOWFLAKE_PRIVATE_KEY SNOWFLAKE_PRIVATE_KEY_PATH SNOWFLAKE_PRIVATE_KEY_PASSPHRASE
     SNOWFLAKE_TOKEN SNOWFLAKE_CONNECTIONS_DEFAULT_PASSWORD SNOWSQL_PWD PGPASSWORD PGPASSFILE DATABRICKS_TOKEN
     DATABRICKS_CLIENT_SECRET AZURE_CLIENT_SECRET ARM_CLIENT_SECRET REDSHIFT_PASSWORD MOTHERDUCK_TOKEN motherduck_token
     DBT_PASSWORD DBT_SNOWFLAKE_PRIVATE_KEY DBT_TOKEN`.split(/\s+/),
  )('takes %s for a long-lived key', (name) => {
    expect(isStaticVariable(name)).toBe(true);
  });

  it.each(
    `AWS_REGION AWS_ROLE_ARN GOOGLE_CLOUD_PROJECT SNOWFLAKE_ACCOUNT SNOWFLAKE_USER PGHOST PGUSER DATABRICKS_HOST PATH
     ACTIONS_ID_TOKEN_REQUEST_TOKEN GITHUB_TOKEN DBT_TARGET DBT_ENV_SECRET_GIT_TOKEN DBT_PASSPORT_LOOPBACK`.split(
      /\s+/,
    ),
  )('leaves %s alone', (name) => {
    expect(isStaticVariable(name)).toBe(false);
  });
});

describe('findStaticCredentials', () => {
  it('E05: names variables and keys of profiles.yml with their line, never a value', () => {
    const found = findStaticCredentials(
      {
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
        SNOWFLAKE_PASSWORD: 'hunter22',
        DATABRICKS_TOKEN: '',
        PATH: '/bin',
      },
      files({
        profiles: {
          path: 'dbt/profiles.yml',
          text: 'shop:\n  outputs:\n    prod:\n      password: hunter23\n',
        },
      }),
    );
    expect(found).toEqual([
      { variable: 'AWS_SECRET_ACCESS_KEY', where: 'environment' },
      { variable: 'SNOWFLAKE_PASSWORD', where: 'environment' },
      { variable: 'shop.outputs.prod.password', where: 'dbt/profiles.yml:4' },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/wJalrXUtnFEMI|hunter2/);
  });

  it('takes a description of a federation for no key, and a file that cannot be read for one', () => {
    const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/creds.json' };
    const google = (federated: boolean) => files({ google: { content: new Secret('{}'), federated } });
    expect(findStaticCredentials(environment, google(true))).toEqual([]);
    expect(findStaticCredentials(environment, google(false))).toHaveLength(1);
    expect(findStaticCredentials(environment, NO_CREDENTIAL_FILES)).toHaveLength(1);
  });

  it.each([null, 'a: [b', 'a: b\n---\nc: d\n'])(
    'counts a profiles.yml that cannot be read as a finding: %j',
    (text) => {
      expect(findStaticCredentials({}, files({ profiles: { path: 'profiles.yml', text } }))).toEqual([
        { variable: 'the whole file', where: 'profiles.yml' },
      ]);
    },
  );
});

const FOUND = [
  { variable: 'AWS_SECRET_ACCESS_KEY', where: 'environment' },
  { variable: 'SNOWFLAKE_PASSWORD', where: 'environment' },
  { variable: 'shop.outputs.prod.password', where: 'profiles.yml:4' },
];

describe('checkStaticCredentials', () => {
  const outcomes = (change: Partial<Rule>, env: readonly string[] = []) =>
    checkStaticCredentials(FOUND, rule(change, env), SNOWFLAKE_GRANT).map(({ outcome }) => outcome);

  it('scrubs or refuses as the rule says', () => {
    expect(outcomes({ staticCredentials: 'scrub' })).toEqual(['scrubbed', 'scrubbed', 'scrubbed']);
    expect(outcomes({ staticCredentials: 'refuse' })).toEqual(['refused', 'refused', 'refused']);
  });

  it('says so when the rule lets a variable through, but refuses what it refuses', () => {
    expect(outcomes({ staticCredentials: 'scrub' }, ['AWS_SECRET_ACCESS_KEY'])[0]).toBe('passed');
    expect(outcomes({ staticCredentials: 'refuse' }, ['AWS_SECRET_ACCESS_KEY'])[0]).toBe('refused');
  });

  it('lets an ambient run have what its grant needs, and nothing else', () => {
    expect(outcomes({ credentials: 'ambient' })).toEqual(['scrubbed', 'passed', 'scrubbed']);
    const refuse = { credentials: 'ambient', staticCredentials: 'refuse' } as const;
    expect(outcomes(refuse)).toEqual(['refused', 'passed', 'refused']);
  });
});

describe('refuseStatic', () => {
  const refusal = (found: readonly StaticCredential[]) => {
    try {
      refuseStatic(found);
    } catch (error) {
      if (error instanceof PassportError) return error;
    }
    return undefined;
  };

  it('lets what is scrubbed or passed go on', () => {
    expect(refusal([])).toBeUndefined();
    expect(refusal([{ variable: 'A', where: 'environment', outcome: 'scrubbed' }])).toBeUndefined();
  });

  it('names every refused key, and points at the file', () => {
    const error = refusal(FOUND.map((finding) => ({ ...finding, outcome: 'refused' })));
    expect(error).toMatchObject({
      code: 'ERR_STATIC_CREDENTIAL',
      reason: 'ENV_STATIC_CREDENTIAL',
      place: { file: 'profiles.yml', line: 4 },
    });
    for (const { variable, where } of FOUND) expect(error?.message).toContain(`${variable} (${where})`);
    expect(error?.hint).toContain('static_credentials: scrub');
  });
});
