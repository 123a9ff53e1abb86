/** What a rule may hand out: a warehouse and the narrowest scope in it. One kind per warehouse. */
export type Grant =
  | AthenaGrant
  | BigQueryGrant
  | DatabricksGrant
  | DuckDbGrant
  | PostgresGrant
  | RedshiftGrant
  | SnowflakeGrant;

/** An IAM role that trusts GitHub's tokens, and the narrowest session of it. */
export interface AwsRole {
  readonly roleArn: string;
  readonly region: string;
  /** Audience of the token for the exchange. */
  readonly audience: string;
  /** Seconds asked for, 900 to 43200; the role may allow less. */
  readonly durationSeconds: number;
  /** Becomes the inline session policy: what the session may do at most. Empty: the role's own permissions. */
  readonly allow: readonly AwsAllow[];
  /** Managed policies that narrow the session further. */
  readonly policyArns: readonly string[];
  /** A second role, assumed from the first with session tags and a source identity; its sessions last an hour at most. */
  readonly chain?: { readonly roleArn: string; readonly externalId?: string };
}

/** One statement of a session policy: these actions on these resources. */
export interface AwsAllow {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** A token endpoint of another identity provider, which takes GitHub's token for one of its own (RFC 8693 or RFC 7523). */
export interface OAuthExchange {
  readonly tokenUrl: string;
  readonly grantType: 'token-exchange' | 'jwt-bearer' | 'client-assertion';
  readonly clientId?: string;
  readonly scope?: string;
  /** Audience of the GitHub token that is handed in. */
  readonly audience: string;
}

/** The embedded warehouse: a file, no credentials unless it reads S3. */
export interface DuckDbGrant {
  readonly kind: 'duckdb';
  /** Database file, relative to the dbt project. */
  readonly path: string;
  readonly schema: string;
  readonly threads: number;
  /** Objects in S3 that models may read and write, as the role. `scope` is `s3://bucket/prefix`. */
  readonly s3?: { readonly scope: string; readonly aws: AwsRole };
}

export interface SnowflakeGrant {
  readonly kind: 'snowflake';
  /** Account identifier, as in `<account>.snowflakecomputing.com`. */
  readonly account: string;
  readonly user: string;
  readonly role: string;
  readonly warehouse: string;
  readonly database: string;
  readonly schema: string;
  readonly threads: number;
  readonly login: SnowflakeLogin;
}

/**
 * How dbt logs in. `relay`: a fresh token at each login, put in by a relay on this machine. `token`: one token,
 * good for five minutes of logins. `aws`: as an IAM role. `oauth`: with an access token of another identity provider.
 */
export type SnowflakeLogin =
  | { readonly route: 'relay' | 'token'; readonly audience: string }
  | { readonly route: 'aws'; readonly aws: AwsRole }
  | { readonly route: 'oauth'; readonly oauth: OAuthExchange };

export interface BigQueryGrant {
  readonly kind: 'bigquery';
  readonly project: string;
  readonly dataset: string;
  readonly location?: string;
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  readonly provider: string;
  /** Audience of the token for the exchange. */
  readonly audience: string;
  /** Impersonated; without it the federated principal itself has the grants. */
  readonly serviceAccount?: string;
  /** Service accounts on the way to it, in order. */
  readonly delegates: readonly string[];
  readonly scopes: readonly string[];
  /** Life of an impersonated token in seconds, 600 to 43200; above 3600 an organisation policy must allow it. */
  readonly lifetimeSeconds: number;
  readonly maximumBytesBilled?: number;
  readonly threads: number;
}

export interface AthenaGrant {
  readonly kind: 'athena';
  readonly aws: AwsRole;
  readonly s3StagingDir: string;
  readonly s3DataDir?: string;
  readonly workGroup?: string;
  /** The data catalog, `awsdatacatalog` as a rule. */
  readonly database: string;
  readonly schema: string;
  readonly threads: number;
}

export interface RedshiftGrant {
  readonly kind: 'redshift';
  readonly aws: AwsRole;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly schema: string;
  /** A provisioned cluster; without it, `host` is a serverless work group. */
  readonly clusterId?: string;
  readonly threads: number;
}

/** PostgreSQL, with the password that RDS or Aurora takes from IAM. */
export interface PostgresGrant {
  readonly kind: 'postgres';
  readonly aws: AwsRole;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly schema: string;
  readonly user: string;
  readonly sslMode: 'require' | 'verify-ca' | 'verify-full' | 'disable';
  /** File with the authorities to trust, absolute or relative to the dbt project; without it, libpq's own place. */
  readonly sslRootCert?: string;
  readonly threads: number;
}

export interface DatabricksGrant {
  readonly kind: 'databricks';
  readonly host: string;
  readonly httpPath: string;
  readonly catalog: string;
  readonly schema: string;
  /** Application id of the service principal. */
  readonly clientId: string;
  readonly audience: string;
  readonly threads: number;
}
