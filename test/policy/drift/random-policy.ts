import fc from 'fast-check';

const SHA = ['9a8b7c6d5e4f30213243546576879809a8b7c6d5', '0123456789abcdef0123456789abcdef01234567'];
const HEAD = `version: "1"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
`;
const BODY = `repositories:
  shop: { name: octo-org/jaffle-shop, repository_id: "456789", repository_owner_id: "123456" }
  mart: { name: octo-org/mart, repository_id: "456790", repository_owner_id: "123456" }
grants:
  athena: { kind: athena, s3_staging_dir: s3://acme/staging/, schema: marts, aws: { role_arn: "arn:aws:iam::111122223333:role/data/dbt", region: eu-central-1 } }
  lake: { kind: duckdb, path: a.duckdb, s3: { scope: s3://acme/marts, aws: { role_arn: "arn:aws:iam::111122223333:role/data/dbt", region: eu-central-1, audience: lake.acme } } }
  bigquery: { kind: bigquery, project: acme-warehouse, dataset: marts, provider: projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod, service_account: dbt@acme-warehouse.iam.gserviceaccount.com }
  direct: { kind: bigquery, project: acme-warehouse, dataset: marts, provider: projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod, audience: bigquery.acme }
  snowflake: { kind: snowflake, account: acme-eu, user: DBT, role: DBT, warehouse: WH, database: DB, schema: S, audience: dbt.acme }
  databricks: { kind: databricks, host: acme.cloud.databricks.com, http_path: /sql/1.0/warehouses/a, catalog: main, schema: s, client_id: 5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d, audience: dbx.acme }
  entra: { kind: snowflake, account: acme-us, user: DBT, role: DBT, warehouse: WH, database: DB, schema: S, login: oauth, oauth: { token_url: "https://login.microsoftonline.com/acme/oauth2/v2.0/token", grant_type: client-assertion, client_id: 8f1c, scope: "api://s/.default", audience: "api://AzureADTokenExchange" } }
`;
const GRANTS = ['athena', 'lake', 'bigquery', 'direct', 'snowflake', 'databricks', 'entra'];

const maybe = (...lines: string[]) => fc.constantFrom('', ...lines);

/** A rule with every clause there or not. No two have an environment in common, so no two take the same token. */
const rule = fc.tuple(
  fc.constantFrom('shop', 'mart'),
  fc.constantFrom(
    'ref: refs/heads/main',
    'ref: { one_of: [refs/heads/main, refs/tags/v1, refs/tags/v2] }',
    'ref: { glob: "refs/heads/release/*" }',
    'ref: { glob: "refs/tags/v*.*-eu" }',
  ),
  maybe('event_name: push', 'event_name: { one_of: [push, schedule] }'),
  maybe('repository_visibility: private'),
  maybe(
    ...[SHA.slice(0, 1), SHA].map(
      (shas) => `job_workflow: { path: octo-sec/workflows/.github/workflows/dbt.yml, sha: [${shas}] }`,
    ),
  ),
  maybe('actor_id: "583231"', 'actor_id: { one_of: ["583231", "99"] }'),
  fc.constantFrom('', '-eu', ' blue', '/x'),
  fc.constantFrom(...GRANTS),
);

/** A policy as it is written, with one to three rules. */
export const policies: fc.Arbitrary<string> = fc
  .tuple(
    maybe(
      'sub_template: legacy',
      'sub_template: immutable',
      'sub_template: [repo, context, ref]',
      'sub_template: [repo, context, actor_id]',
    ),
    fc.array(rule, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(
      '',
      'deny: { actor_id: ["99"] }',
      `deny: { actor_id: ["99", "7"], job_workflow_sha: ["${SHA[1]}"] }`,
    ),
  )
  .map(([template, rules, deny]) => {
    const written = rules.map(([repository, ref, event, visibility, workflow, actor, suffix, grant], at) =>
      [
        `  - id: rule${at}`,
        `repository: ${repository}`,
        `environment: "env${at}${suffix}"`,
        ...[ref, event, visibility, workflow, actor].filter((line) => line !== ''),
        `grants: [${grant}]`,
      ].join('\n    '),
    );
    return `${HEAD}${template}\n${BODY}rules:\n${written.join('\n')}\n${deny}\n`;
  });
