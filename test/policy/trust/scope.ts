import type { Grant } from '../../../src/policy/grant-types.ts';
import type { LoadedPolicy, Rule } from '../../../src/policy/policy.ts';
import { FULL, load } from '../fixture.ts';

const AWS = 'role_arn: arn:aws:iam::111122223333:role/dbt-prod, region: eu-central-1';
const PROVIDER = 'projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod';
const SNOWFLAKE =
  'kind: snowflake, account: acme-eu, user: DBT_PROD, role: DBT_PROD, warehouse: WH, database: ANALYTICS, schema: MARTS';

/** Grants as they are written, one for each way to a warehouse. */
export const GRANTS = {
  athena: `{ kind: athena, s3_staging_dir: s3://acme-athena/staging/, schema: marts, aws: { ${AWS} } }`,
  chained: `{ kind: athena, s3_staging_dir: s3://acme-athena/staging/, schema: marts, aws: { ${AWS}, duration_seconds: "7200", chain: { role_arn: "arn:aws:iam::444455556666:role/warehouse", external_id: acme-7 } } }`,
  long: `{ kind: athena, s3_staging_dir: s3://acme-athena/staging/, schema: marts, aws: { ${AWS}, duration_seconds: "7200" } }`,
  bigquery: `{ kind: bigquery, project: acme-warehouse, dataset: marts, provider: ${PROVIDER}, service_account: dbt-prod@acme-warehouse.iam.gserviceaccount.com, lifetime_seconds: "7200" }`,
  delegated: `{ kind: bigquery, project: acme-warehouse, dataset: marts, provider: ${PROVIDER}, service_account: dbt-prod@acme-warehouse.iam.gserviceaccount.com, delegates: [hop@acme-warehouse.iam.gserviceaccount.com] }`,
  direct: `{ kind: bigquery, project: acme-warehouse, dataset: marts, provider: ${PROVIDER} }`,
  snowflake: `{ ${SNOWFLAKE}, audience: dbt-prod.acme }`,
  snowflakeAws: `{ ${SNOWFLAKE}, login: aws, aws: { ${AWS} } }`,
  snowflakeOauth: `{ ${SNOWFLAKE}, login: oauth, oauth: { token_url: "https://login.microsoftonline.com/acme/oauth2/v2.0/token", grant_type: client-assertion, client_id: 8f1c, scope: "api://snowflake/.default", audience: "api://AzureADTokenExchange" } }`,
  databricks:
    '{ kind: databricks, host: acme.cloud.databricks.com, http_path: /sql/1.0/warehouses/abc, catalog: main, schema: marts, client_id: 5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d, audience: dbt-dbx.acme }',
  duckdb: '{ kind: duckdb, path: jaffle.duckdb }',
} as const;
export type GrantName = keyof typeof GRANTS;

export interface Scope {
  readonly loaded: LoadedPolicy;
  readonly policy: LoadedPolicy['policy'];
  readonly rule: Rule;
  readonly grant: Grant;
}

/** The full policy of the tests with another grant, and with changes of its text. */
export async function scopeOf(
  grant: GrantName,
  ...changes: readonly [from: string | RegExp, to: string][]
): Promise<Scope> {
  const written = FULL.replace('{ kind: duckdb, path: jaffle.duckdb }', GRANTS[grant]);
  const text = changes.reduce((policy, [from, to]) => {
    const changed = policy.replace(from, to);
    if (changed === policy) throw new Error(`nothing to change: ${from}`);
    return changed;
  }, written);
  const loaded = await load(text);
  const [rule] = loaded.policy.rules;
  const given = loaded.policy.grants.get('warehouse');
  if (rule === undefined || given === undefined) throw new Error('the policy has no rule or no grant');
  return { loaded, policy: loaded.policy, rule, grant: given };
}

/** The grant as one of its kind. */
export function ofKind<K extends Grant['kind']>({ grant }: Scope, kind: K): Extract<Grant, { kind: K }> {
  if (grant.kind !== kind) throw new Error(`the grant is ${grant.kind}`);
  return grant as Extract<Grant, { kind: K }>;
}
