import { describe, expect, it } from 'vitest';
import type { TrustOptions } from '../../../src/policy/trust/capability.ts';
import { awsRoleOf, handedOut } from '../../../src/policy/trust/handed-out.ts';
import type { Target } from '../../../src/policy/trust/model.ts';
import { type GrantName, scopeOf } from './scope.ts';

const ROLE = 'arn:aws:iam::111122223333:role/dbt-prod';
const ENTRA = 'api://AzureADTokenExchange';

/** Principal, audience and who checks the token, for the grant of the rule `prod`. */
async function given(target: Target, grantName: GrantName, options: TrustOptions = {}) {
  const { rule, grant } = await scopeOf(grantName);
  const found = handedOut(target, { rule, grantName: 'warehouse', grant }, options);
  if (found === undefined) return undefined;
  expect(found).toMatchObject({ rule, grantName: 'warehouse', grant });
  return [found.principal, found.audience, found.checker];
}

describe('what a target hands out', () => {
  it.each([
    ['aws', 'athena', [ROLE, 'sts.amazonaws.com', 'aws']],
    ['aws', 'snowflakeAws', [ROLE, 'sts.amazonaws.com', 'aws']],
    ['gcp', 'bigquery', ['dbt-prod@acme-warehouse.iam.gserviceaccount.com', googleAudience(), 'gcp']],
    ['gcp', 'delegated', ['hop@acme-warehouse.iam.gserviceaccount.com', googleAudience(), 'gcp']],
    ['gcp', 'direct', ['acme-warehouse:marts', googleAudience(), 'gcp']],
    ['snowflake', 'snowflake', ['acme-eu/DBT_PROD', 'dbt-prod.acme', 'snowflake']],
    ['snowflake', 'snowflakeAws', ['acme-eu/DBT_PROD', 'sts.amazonaws.com', 'aws']],
    ['snowflake', 'snowflakeOauth', ['acme-eu/DBT_PROD', ENTRA, 'azure']],
    ['databricks', 'databricks', ['5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d', 'dbt-dbx.acme', 'databricks']],
    ['azure', 'snowflakeOauth', ['8f1c', ENTRA, 'azure']],
  ] as const)('%s for %s', async (target, grant, expected) => {
    expect(await given(target, grant)).toEqual(expected);
  });

  it.each([
    ['aws', 'duckdb'],
    ['aws', 'snowflake'],
    ['aws', 'snowflakeOauth'],
    ['aws', 'databricks'],
    ['gcp', 'athena'],
    ['snowflake', 'athena'],
    ['databricks', 'snowflake'],
    ['azure', 'athena'],
    ['azure', 'snowflake'],
  ] as const)('nothing on %s for %s', async (target, grant) => {
    expect(await given(target, grant)).toBe(undefined);
  });

  it('something for every rule on targets that no grant names', async () => {
    const options = { audience: 'x.acme' };
    expect(await given('vault', 'duckdb', options)).toEqual(['prod', 'x.acme', 'vault']);
    expect(await given('keycloak', 'duckdb', options)).toEqual(['456789/prod', 'x.acme', 'keycloak']);
    expect(await given('kong', 'athena', options)).toEqual(['456789/prod', 'x.acme', 'kong']);
  });

  it.each(['vault', 'keycloak', 'kong'] as const)('an audience has to be chosen for %s', async (target) => {
    await expect(given(target, 'duckdb')).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      message: `expected the audience of tokens for ${target}, got none`,
      hint: expect.stringContaining(`${target}.example`),
    });
  });

  it('the application that is named, for every rule or for those of one grant', async () => {
    const named = { principal: 'app' };
    expect(await given('azure', 'athena', named)).toEqual(['app', ENTRA, 'azure']);
    expect(await given('azure', 'athena', { ...named, audience: 'a' })).toEqual(['app', 'a', 'azure']);
    expect(await given('azure', 'athena', { ...named, grant: 'warehouse' })).toEqual(['app', ENTRA, 'azure']);
    expect(await given('azure', 'athena', { ...named, grant: 'other' })).toBe(undefined);
    expect(await given('azure', 'snowflakeOauth', { ...named, audience: 'a' })).toEqual([
      'app',
      ENTRA,
      'azure',
    ]);
    expect(await given('azure', 'snowflake', named)).toEqual(['app', ENTRA, 'azure']);
  });

  it.each([
    ['login.microsoftonline.us', true],
    ['login.partner.microsoftonline.cn', true],
    ['login.microsoftonline.com.evil.example', false],
    ['xlogin.microsoftonline.com', false],
    ['keycloak.example', false],
  ])('knows Entra by its host: %s', async (host, entra) => {
    const { rule, grant } = await scopeOf('snowflakeOauth', ['login.microsoftonline.com', host]);
    expect(handedOut('azure', { rule, grantName: 'warehouse', grant }, {}) !== undefined).toBe(entra);
  });

  it('an application without a name is to be filled in', async () => {
    const { rule, grant } = await scopeOf('snowflakeOauth', ['client_id: 8f1c, ', '']);
    const found = handedOut('azure', { rule, grantName: 'warehouse', grant }, {});
    expect(found?.principal).toBe('APPLICATION_ID');
  });

  it('the role of AWS is that of the warehouse, of its files, or of the login', async () => {
    const roleOf = async (name: GrantName) => awsRoleOf((await scopeOf(name)).grant)?.roleArn;
    expect(await roleOf('athena')).toBe(ROLE);
    expect(await roleOf('snowflakeAws')).toBe(ROLE);
    for (const none of ['duckdb', 'snowflake', 'snowflakeOauth', 'bigquery'] as const)
      expect(await roleOf(none)).toBe(undefined);
    const { grant } = await scopeOf('athena');
    if (grant.kind !== 'athena') throw new Error('another grant');
    const duckdb = { kind: 'duckdb', path: 'a', schema: 'main', threads: 1 } as const;
    expect(awsRoleOf({ ...duckdb, s3: { scope: 's3://a', aws: grant.aws } })).toBe(grant.aws);
  });
});

function googleAudience(): string {
  return 'https://iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod';
}
