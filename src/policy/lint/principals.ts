import type { AwsRole, Grant } from '../grant-types.ts';

/** One use of an audience: the system that takes tokens with it. */
export interface AudienceUse {
  /** One word for all that shares the trust: an account, a provider, a token endpoint. */
  readonly system: string;
  readonly audience: string;
}

/** Which system takes tokens of which audience for a grant; none for a file without credentials. */
export function audienceOf(grant: Grant): AudienceUse | undefined {
  switch (grant.kind) {
    case 'bigquery':
      return { system: `Google's ${grant.provider}`, audience: grant.audience };
    case 'databricks':
      return { system: `Databricks at ${grant.host}`, audience: grant.audience };
    case 'snowflake':
      return snowflakeAudience(grant);
    case 'duckdb':
      return grant.s3 && aws(grant.s3.aws);
    default:
      return aws(grant.aws);
  }
}

/** Who the warehouse sees; undefined where that is the token itself, or nobody. */
export function principalOf(grant: Grant): string | undefined {
  switch (grant.kind) {
    case 'bigquery':
      return grant.serviceAccount;
    case 'databricks':
      return `${grant.clientId} at ${grant.host}`;
    case 'snowflake':
      return `the user ${grant.user.toUpperCase()} of ${grant.account.toLowerCase()}`;
    case 'duckdb':
      return grant.s3 && role(grant.s3.aws);
    default:
      return role(grant.aws);
  }
}

function snowflakeAudience({
  account,
  login,
}: Extract<Grant, { kind: 'snowflake' }>): AudienceUse | undefined {
  if (login.route === 'aws') return aws(login.aws);
  if (login.route === 'oauth') return { system: login.oauth.tokenUrl, audience: login.oauth.audience };
  return { system: `Snowflake's account ${account.toLowerCase()}`, audience: login.audience };
}

/** STS tells accounts apart by the role, and its audience is the same everywhere unless it is set. */
function aws({ audience }: AwsRole): AudienceUse {
  return { system: 'AWS', audience };
}

function role({ chain, roleArn }: AwsRole): string {
  return chain?.roleArn ?? roleArn;
}
