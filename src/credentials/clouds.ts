import type { OAuthExchange } from '../policy/grant-types.ts';
import type { Secret } from '../secret.ts';

/**
 * The clouds as ports: each function makes exactly one request and gives what was issued, or throws a
 * CloudFault. What is asked and what the answer must be is decided by the files beside this one.
 */
export interface Clouds {
  readonly assumeRoleWithWebIdentity: (request: WebIdentityRequest, token: Secret) => Promise<AwsSession>;
  /** The second hop, signed with the keys of the first. */
  readonly assumeRole: (request: AssumeRoleRequest, keys: AwsKeys) => Promise<AwsSession>;
  /** `securitytoken` exchange of a workload identity pool. */
  readonly googleExchange: (request: GoogleExchangeRequest, token: Secret) => Promise<GoogleToken>;
  /** IAM Credentials `generateAccessToken`. */
  readonly impersonate: (request: ImpersonationRequest, federated: Secret) => Promise<GoogleToken>;
  /** Whom Google says an access token is for. */
  readonly googleIdentity: (token: Secret) => Promise<GoogleIdentity>;
  /** One statement over the SQL API, logged in with the token: no driver. */
  readonly snowflakeIdentity: (
    request: SnowflakeIdentityRequest,
    token: Secret,
  ) => Promise<SnowflakeIdentity>;
  /** A token endpoint: RFC 8693 token exchange, RFC 7523 JWT bearer, or RFC 7523 client assertion. */
  readonly oauthToken: (
    request: OAuthExchange & { readonly cloud: 'databricks' | 'oauth' },
    token: Secret,
  ) => Promise<OAuthToken>;
  /** A password for one database user, signed on this machine with the keys (RDS IAM authentication). */
  readonly rdsPassword: (
    request: { readonly host: string; readonly port: number; readonly user: string; readonly region: string },
    keys: AwsKeys,
  ) => Promise<Secret>;
}

/** Source: AWS STS API, AssumeRoleWithWebIdentity. `policy` is JSON text. */
export interface WebIdentityRequest {
  readonly region: string;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly policy?: string;
  readonly policyArns: readonly string[];
}

export interface AssumeRoleRequest extends WebIdentityRequest {
  readonly externalId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly sourceIdentity: string;
}

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
}

export interface AwsSession {
  readonly keys: AwsKeys;
  readonly expiresAt: Date;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly assumedRoleArn: string;
  /** SubjectFromWebIdentityToken; empty for the second hop. */
  readonly subject: string;
  readonly requestId: string;
}

/** Source: Google STS `v1/token`. */
export interface GoogleExchangeRequest {
  /** `//iam.googleapis.com/projects/…/providers/…` */
  readonly audience: string;
  readonly scopes: readonly string[];
}

/** Source: IAM Service Account Credentials API, `generateAccessToken`. */
export interface ImpersonationRequest {
  readonly serviceAccount: string;
  readonly delegates: readonly string[];
  readonly scopes: readonly string[];
  readonly lifetimeSeconds: number;
  /** `X-Goog-Request-Reason`, kept by Cloud Audit Logs. */
  readonly reason: string;
}

export interface GoogleToken {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly requestId: string;
}

export interface GoogleIdentity {
  /** The service account; empty when the token is of a federated principal. */
  readonly email: string;
  readonly scopes: readonly string[];
}

export interface SnowflakeIdentityRequest {
  readonly account: string;
  readonly role: string;
  readonly warehouse: string;
  readonly tokenType: 'WORKLOAD_IDENTITY' | 'OAUTH';
}

/** What `CURRENT_USER()`, `CURRENT_ROLE()` and `CURRENT_SECONDARY_ROLES()` say. */
export interface SnowflakeIdentity {
  /** `CURRENT_ACCOUNT()`: the account locator. */
  readonly account: string;
  /** `CURRENT_ORGANIZATION_NAME()-CURRENT_ACCOUNT_NAME()` */
  readonly accountName: string;
  readonly user: string;
  readonly role: string;
  readonly secondaryRoles: string;
  readonly requestId: string;
}

export interface OAuthToken {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly scope: string;
}
