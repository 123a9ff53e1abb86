import type { Target } from '../../../src/policy/trust/model.ts';

/** Targets that grants of the policy name; the others have something for every rule. */
export type NamedTarget = Extract<Target, 'aws' | 'gcp' | 'snowflake' | 'databricks' | 'azure'>;

/** What a grant hands out: how the rendered files call it, and the audience of the token that gets it. */
export interface Handed {
  readonly principal: string;
  readonly audience: string;
}

interface GivenGrant {
  readonly written: object;
  readonly hands: Readonly<Partial<Record<NamedTarget, Handed>>>;
}

const ENTRA = 'api://AzureADTokenExchange';
const GOOGLE = 'projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod';
const STS = 'sts.amazonaws.com';

/** Grants of every target; of each, two lead to one principal and a third to another. */
export const GRANTS: Readonly<Record<string, GivenGrant>> = {
  athena: athena('dbt-athena', STS),
  athena2: athena('dbt-athena', 'lake.acme'),
  other: athena('dbt-other', STS),
  bigquery: bigquery(
    'dbt-prod@acme-warehouse.iam.gserviceaccount.com',
    `https://iam.googleapis.com/${GOOGLE}`,
    {
      dataset: 'marts',
      service_account: 'dbt-prod@acme-warehouse.iam.gserviceaccount.com',
    },
  ),
  bigquery2: bigquery('acme-warehouse:scratch', 'bigquery.acme', {
    dataset: 'scratch',
    audience: 'bigquery.acme',
  }),
  snowflake: snowflake('DBT', { audience: 'dbt.acme' }, { audience: 'dbt.acme' }),
  snowflake2: snowflake('DBT', { audience: 'snow.acme' }, { audience: 'snow.acme' }),
  snowflake3: snowflake('D$BT_CI', { audience: 'dbt.acme' }, { audience: 'dbt.acme' }),
  snowflakeAws: snowflake(
    'DBT_AWS',
    { login: 'aws', aws: role('dbt-snow', STS) },
    { audience: STS, aws: 'dbt-snow' },
  ),
  entra: snowflake('DBT_ENTRA', entra('8f1c', ENTRA), { audience: ENTRA, azure: '8f1c' }),
  entra2: snowflake('DBT_ENTRA', entra('8f1c', 'snow.acme'), { audience: 'snow.acme', azure: '8f1c' }),
  databricks: databricks('5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d', 'dbx.acme'),
  databricks2: databricks('5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d', 'dbx2.acme'),
  databricks3: databricks('00000000-0d9e-4a7b-8c6d-1e2f3a4b5c6d', 'dbx.acme'),
};

/** Names of the grants that hand out something of a target. */
export function grantsFor(target: NamedTarget): readonly string[] {
  return Object.entries(GRANTS).flatMap(([name, { hands }]) => (hands[target] ? [name] : []));
}

function role(name: string, audience: string): object {
  return { role_arn: `arn:aws:iam::111122223333:role/${name}`, region: 'eu-central-1', audience };
}

function athena(name: string, audience: string): GivenGrant {
  const written = { kind: 'athena', s3_staging_dir: 's3://acme/staging/', schema: 'marts' };
  return {
    written: { ...written, aws: role(name, audience) },
    hands: { aws: { principal: name, audience } },
  };
}

function bigquery(principal: string, audience: string, more: object): GivenGrant {
  const written = { kind: 'bigquery', project: 'acme-warehouse', provider: GOOGLE, ...more };
  return { written, hands: { gcp: { principal, audience } } };
}

function snowflake(
  user: string,
  login: object,
  { audience, aws, azure }: { audience: string; aws?: string; azure?: string },
): GivenGrant {
  const written = {
    kind: 'snowflake',
    account: 'acme-eu',
    user,
    role: 'DBT',
    warehouse: 'WH',
    database: 'DB',
  };
  return {
    written: { ...written, schema: 'S', ...login },
    hands: {
      snowflake: { principal: user, audience },
      ...(aws && { aws: { principal: aws, audience } }),
      ...(azure && { azure: { principal: azure, audience } }),
    },
  };
}

function entra(client: string, audience: string): object {
  return {
    login: 'oauth',
    oauth: {
      token_url: 'https://login.microsoftonline.com/acme/oauth2/v2.0/token',
      grant_type: 'client-assertion',
      client_id: client,
      audience,
    },
  };
}

function databricks(client: string, audience: string): GivenGrant {
  const written = {
    kind: 'databricks',
    host: 'acme.cloud.databricks.com',
    http_path: '/sql/1',
    catalog: 'main',
  };
  return {
    written: { ...written, schema: 's', client_id: client, audience },
    hands: { databricks: { principal: client, audience } },
  };
}
