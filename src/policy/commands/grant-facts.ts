import type { AwsRole, Grant } from '../grant-types.ts';

/** What a reviewer asks of a grant: where it leads, and as whom. */
export interface GrantFacts {
  readonly kind: Grant['kind'];
  /** Account, project, host or file. */
  readonly account: string;
  /** User, role, service account or principal. */
  readonly role: string;
  /** What dbt writes into. */
  readonly schema: string;
}

export function grantFacts(grant: Grant): GrantFacts {
  const { kind } = grant;
  switch (grant.kind) {
    case 'duckdb':
      return { kind, account: grant.path, role: awsRole(grant.s3?.aws) ?? '(none)', schema: grant.schema };
    case 'snowflake':
      return {
        kind,
        account: grant.account,
        role: `${grant.user} as ${grant.role}`,
        schema: `${grant.database}.${grant.schema}`,
      };
    case 'bigquery':
      return {
        kind,
        account: grant.project,
        role: grant.serviceAccount ?? '(federated)',
        schema: grant.dataset,
      };
    case 'athena':
      return {
        kind,
        account: accountOf(grant.aws),
        role: roleName(grant.aws),
        schema: `${grant.database}.${grant.schema}`,
      };
    case 'redshift':
      return {
        kind,
        account: grant.host,
        role: roleName(grant.aws),
        schema: `${grant.database}.${grant.schema}`,
      };
    case 'postgres':
      return {
        kind,
        account: grant.host,
        role: `${grant.user} by ${roleName(grant.aws)}`,
        schema: `${grant.database}.${grant.schema}`,
      };
    case 'databricks':
      return { kind, account: grant.host, role: grant.clientId, schema: `${grant.catalog}.${grant.schema}` };
  }
}

function awsRole(role: AwsRole | undefined): string | undefined {
  return role && `${accountOf(role)}/${roleName(role)}`;
}

/** `arn:aws:iam::111122223333:role/path/name` */
function accountOf(role: AwsRole): string {
  return lastRole(role).split(':')[4] ?? '';
}

function roleName(role: AwsRole): string {
  return lastRole(role).split(':role/')[1] ?? lastRole(role);
}

/** Whose permissions the session ends with. */
function lastRole({ roleArn, chain }: AwsRole): string {
  return chain?.roleArn ?? roleArn;
}
