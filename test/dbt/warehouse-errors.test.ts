import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { warehouseProblems } from '../../src/dbt/warehouse-errors.ts';
import type { AwsRole, Grant } from '../../src/policy/grant-types.ts';
import { artifacts, invocation, nodeResult } from '../support/records.ts';

const AWS: AwsRole = {
  roleArn: 'arn:aws:iam::111122223333:role/dbt-prod',
  region: 'eu-central-1',
  audience: 'sts.amazonaws.com',
  durationSeconds: 3600,
  allow: [],
  policyArns: [],
};
const DATABASE = {
  aws: AWS,
  host: 'db.acme.test',
  port: 5432,
  database: 'shop',
  schema: 'marts',
  threads: 4,
};
const GRANTS = {
  snowflake: {
    kind: 'snowflake',
    ...{
      account: 'acme',
      user: 'DBT',
      role: 'DBT_PROD',
      warehouse: 'WH',
      database: 'ANALYTICS',
      schema: 'MARTS',
    },
    threads: 4,
    login: { route: 'relay', audience: 'x' },
  },
  bigquery: {
    kind: 'bigquery',
    ...{ project: 'acme-warehouse', dataset: 'marts', provider: 'projects/1/…', audience: 'x' },
    serviceAccount: 'dbt@acme-warehouse.iam.gserviceaccount.com',
    ...{ delegates: [], scopes: [], lifetimeSeconds: 3600, threads: 4 },
  },
  postgres: { kind: 'postgres', ...DATABASE, user: 'dbt_prod', sslMode: 'verify-full' },
  redshift: { kind: 'redshift', ...DATABASE },
  athena: {
    kind: 'athena',
    aws: AWS,
    s3StagingDir: 's3://acme-athena/staging/',
    ...{ database: 'awsdatacatalog', schema: 'marts', threads: 4 },
  },
  duckdb: {
    kind: 'duckdb',
    ...{ path: 'x.duckdb', schema: 'main', threads: 4 },
    s3: { scope: 's3://acme-lake/marts', aws: AWS },
  },
  databricks: {
    kind: 'databricks',
    ...{
      host: 'h',
      httpPath: '/p',
      catalog: 'main',
      schema: 'marts',
      clientId: '5b3f-1',
      audience: 'x',
      threads: 4,
    },
  },
} as const satisfies Record<string, Grant>;

const of = (message: string, grant: Grant) =>
  warehouseProblems(
    [
      {
        invocation: invocation({ exitCode: 1 }),
        artifacts: artifacts([nodeResult('model.shop.orders', { status: 'failed', raw: 'error', message })]),
      },
    ],
    grant,
  );

describe('warehouseProblems', () => {
  it.each([
    [
      'snowflake',
      "Database Error in model orders\n  003001 (42501): SQL access control error:\n  Insufficient privileges to operate on schema 'MARTS'.",
      'role DBT_PROD lacks USAGE, CREATE TABLE, CREATE VIEW on schema ANALYTICS.MARTS',
      'GRANT USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA ANALYTICS.MARTS TO ROLE DBT_PROD;',
    ],
    [
      'snowflake',
      "Insufficient privileges to operate on schema 'MARTS'.\n\nYour primary role DBT_PROD must have CREATE TABLE granted on SCHEMA ANALYTICS.MARTS.",
      'role DBT_PROD lacks CREATE TABLE on schema ANALYTICS.MARTS',
      'GRANT CREATE TABLE ON SCHEMA ANALYTICS.MARTS TO ROLE DBT_PROD;',
    ],
    [
      'snowflake',
      "002003 (42S02): SQL compilation error:\nObject 'RAW.SHOP.ORDERS' does not exist or not authorized.",
      'role DBT_PROD lacks SELECT on table RAW.SHOP.ORDERS, or it does not exist',
      'GRANT SELECT ON TABLE RAW.SHOP.ORDERS TO ROLE DBT_PROD;',
    ],
    [
      'snowflake',
      "Insufficient privileges to operate on table 'orders; DROP'",
      'role DBT_PROD lacks SELECT on table ANALYTICS.MARTS.orders; DROP',
      'GRANT SELECT ON TABLE ANALYTICS.MARTS."orders; DROP" TO ROLE DBT_PROD;',
    ],
    [
      'snowflake',
      '000606 (57P03): No active warehouse selected in the current session.',
      'role DBT_PROD lacks USAGE on warehouse WH',
      'GRANT USAGE ON WAREHOUSE WH TO ROLE DBT_PROD;',
    ],
    [
      'snowflake',
      "Insufficient privileges to operate on integration 'X'",
      'role DBT_PROD lacks a privilege on integration ANALYTICS.MARTS.X',
      '',
    ],
    [
      'bigquery',
      'Access Denied: Dataset acme-warehouse:marts: Permission bigquery.tables.create denied on dataset acme-warehouse:marts (or it may not exist).',
      'dbt@acme-warehouse.iam.gserviceaccount.com lacks bigquery.tables.create on acme-warehouse:marts, or it does not exist',
      'GRANT `roles/bigquery.dataEditor` ON SCHEMA `acme-warehouse.marts` TO "serviceAccount:dbt@acme-warehouse.iam.gserviceaccount.com";',
    ],
    [
      'bigquery',
      '403 Access Denied: Table acme-raw:shop.orders: User does not have permission to query table acme-raw:shop.orders, or perhaps it does not exist.',
      'dbt@acme-warehouse.iam.gserviceaccount.com lacks bigquery.tables.getData on acme-raw:shop.orders, or it does not exist',
      'GRANT `roles/bigquery.dataViewer` ON SCHEMA `acme-raw.shop` TO "serviceAccount:dbt@acme-warehouse.iam.gserviceaccount.com";',
    ],
    [
      'bigquery',
      'Access Denied: Project acme-warehouse: User does not have bigquery.jobs.create permission in project acme-warehouse.',
      'dbt@acme-warehouse.iam.gserviceaccount.com lacks bigquery.jobs.create on acme-warehouse, or it does not exist',
      'gcloud projects add-iam-policy-binding acme-warehouse --role=roles/bigquery.jobUser --member=serviceAccount:dbt@acme-warehouse.iam.gserviceaccount.com',
    ],
    [
      'postgres',
      'permission denied for schema raw\nLINE 1: select',
      'user dbt_prod lacks USAGE, CREATE on schema raw',
      'GRANT USAGE, CREATE ON SCHEMA raw TO dbt_prod;',
    ],
    [
      'postgres',
      'permission denied for table Orders',
      'user dbt_prod lacks SELECT on table Orders',
      'GRANT SELECT ON TABLE "Orders" TO dbt_prod;',
    ],
    [
      'postgres',
      'must be owner of table orders',
      'user dbt_prod lacks ownership of orders',
      'ALTER TABLE orders OWNER TO dbt_prod;',
    ],
    [
      'postgres',
      'FATAL: PAM authentication failed for user "dbt_prod"',
      'rds_iam',
      'GRANT rds_iam TO dbt_prod;',
    ],
    [
      'redshift',
      'permission denied for relation orders',
      'user IAMR:dbt-prod lacks SELECT on relation orders',
      'GRANT SELECT ON TABLE orders TO "IAMR:dbt-prod";',
    ],
    [
      'athena',
      'An error occurred (AccessDeniedException) when calling the StartQueryExecution operation: User: arn:aws:sts::1:assumed-role/dbt-prod/gh is not authorized to perform: athena:StartQueryExecution on resource: arn:aws:athena:eu-central-1:1:workgroup/primary because no identity-based policy allows the athena:StartQueryExecution action',
      'role arn:aws:iam::111122223333:role/dbt-prod lacks athena:StartQueryExecution on arn:aws:athena:eu-central-1:1:workgroup/primary',
      '{\n  "Effect": "Allow",\n  "Action": "athena:StartQueryExecution",\n  "Resource": "arn:aws:athena:eu-central-1:1:workgroup/primary"\n}',
    ],
    [
      'athena',
      'User: x is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no session policy allows the s3:GetObject action',
      'the session policy from `allow` of the grant lacks s3:GetObject on arn:aws:s3:::b/k',
      'allow:\n  - { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/k"] }',
    ],
    [
      'athena',
      'Insufficient Lake Formation permission(s): Required Select on orders (Service: AmazonDataCatalog)',
      'the Lake Formation permission Select on orders',
      '',
    ],
    // Both texts of DuckDB are as duckdb 1.5.5 with httpfs 1.5.5 says them.
    [
      'duckdb',
      "HTTP Error: HTTP GET error reading 'http://127.0.0.1:35319/acme-lake/marts/x.parquet' in region '' (HTTP 403 Forbidden)\n\nAccessDenied: Access Denied",
      'access to objects in S3',
      'arn:aws:s3:::acme-lake/marts/*',
    ],
    [
      'duckdb',
      'HTTP Error: Unable to connect to URL s3://acme-lake/marts/y.parquet: Forbidden (HTTP code 403)',
      'access to objects in S3',
      '"s3:ListBucket"',
    ],
    [
      'databricks',
      "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have USE SCHEMA on Schema 'main.marts'. SQLSTATE: 42501",
      'service principal 5b3f-1 lacks USE SCHEMA on schema main.marts',
      'GRANT USE SCHEMA ON SCHEMA `main`.`marts` TO `5b3f-1`;',
    ],
    ['databricks', 'PERMISSION_DENIED: no access', 'lacks a privilege that the message names', ''],
    [
      'snowflake',
      '390114 (08001): Authentication token has expired. The user must authenticate again.',
      'credential ended',
      '',
    ],
    [
      'athena',
      'An error occurred (ExpiredTokenException): The security token included in the request is expired',
      'credential ended',
      '',
    ],
    ['bigquery', '401 Request had invalid authentication credentials.', 'credential ended', ''],
    ['databricks', 'Error: access token is expired', 'credential ended', ''],
  ] as const)('D09 in %s reads %j', (kind, message, problem, statement) => {
    const [found, ...more] = of(message, GRANTS[kind]);
    expect(found?.node).toBe('model.shop.orders');
    expect(found?.problem).toContain(problem);
    if (statement === '') expect(found?.statement).toBe('');
    else expect(found?.statement).toContain(statement);
    expect(more).toEqual([]);
  });

  it('says nothing of a failure that is the project’s own, nor of a node that did not fail', () => {
    for (const grant of Object.values(GRANTS)) {
      expect(of('Got 3 results, configured to fail if != 0', grant)).toEqual([]);
      expect(of('syntax error at or near "form"', grant)).toEqual([]);
    }
    const run = {
      invocation: invocation(),
      artifacts: artifacts([nodeResult('model.a.b', { message: 'permission denied for schema raw' })]),
    };
    expect(warehouseProblems([run, { ...run, artifacts: null }], GRANTS.postgres)).toEqual([]);
  });

  it('is one statement of one line in SQL, whatever the names are', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'B', '"', '`', ';', '\\', ' ', '.', '-', '\u0000', '\u2028', '$'),
    });
    fc.assert(
      fc.property(name, (text) => {
        const found = [
          ...of(`Insufficient privileges to operate on table '${text}'`, GRANTS.snowflake),
          ...of(`permission denied for table "${text.replaceAll('"', '')}"`, GRANTS.postgres),
          ...of(`User does not have SELECT on Table '${text}'`, GRANTS.databricks),
        ];
        for (const { statement } of found) {
          expect(statement.replace(/"(?:[^"]|"")*"|`(?:[^`]|``)*`/g, 'X')).toMatch(
            /^GRANT SELECT ON TABLE [\w.$]+ TO [\w ]+;$/,
          );
        }
      }),
    );
  });
});
