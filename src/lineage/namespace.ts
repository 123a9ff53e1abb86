import type { Grant } from '../policy/grant-types.ts';

/** A dataset as OpenLineage names it. */
export type DatasetName = Readonly<Record<'namespace' | 'name', string>>;

/**
 * OpenLineage namespace of the warehouse: where a dataset name means something. It comes from the grant that the
 * policy gave, not from a profile; without a grant for this adapter it is the adapter's name.
 * Source: https://openlineage.io/docs/spec/naming/ and, for DuckDB, the form of the OpenLineage dbt integration.
 */
export function datasetNamespace(adapterType: string, grants: ReadonlyMap<string, Grant>): string {
  for (const grant of grants.values()) {
    if (grant.kind === adapterType) return grantNamespace(grant);
  }
  return adapterType === '' ? 'unknown' : adapterType;
}

function grantNamespace(grant: Grant): string {
  switch (grant.kind) {
    case 'athena':
      return `awsathena://athena.${grant.aws.region}.amazonaws.com`;
    case 'bigquery':
      return 'bigquery';
    case 'databricks':
      return `databricks://${grant.host}`;
    case 'postgres':
      return `postgres://${grant.host}:${grant.port}`;
    case 'redshift':
      return `redshift://${redshiftPlace(grant.host)}:${grant.port}`;
    case 'snowflake':
      return `snowflake://${snowflakeAccount(grant.account)}`;
    case 'duckdb':
      return `duckdb://${grant.path.replace(/^(?:\.\/)+/, '')}`;
  }
}

/** Cluster or workgroup and region of an endpoint of AWS; another host (a name of one's own) as it is. */
function redshiftPlace(host: string): string {
  const endpoint = /^([^.]+)\.[^.]+\.([^.]+)\.redshift(?:-serverless)?\.amazonaws\.com(?:\.cn)?$/i.exec(host);
  return endpoint === null ? host : `${endpoint[1]}.${endpoint[2]}`;
}

/**
 * `organization-account` has no region. A legacy locator is completed with region and cloud, so that each spelling of
 * an account is one namespace; the defaults are those of OpenLineage's own library.
 */
function snowflakeAccount(account: string): string {
  const [first = '', region = 'us-west-1', cloud = 'aws', ...rest] = account.split('.');
  return first.includes('-') ? first : [first, region, cloud, ...rest].join('.');
}

/** The namespace where it is a URI too, as `dataSource.uri` must be; undefined where it is only a name. */
export function namespaceUri(namespace: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/[\w.~%:/-]*$/i.test(namespace) && URL.canParse(namespace)
    ? namespace
    : undefined;
}
