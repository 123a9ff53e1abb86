import type { AwsRole, Grant } from './grant-types.ts';

/** Where the life of a grant's credential comes from. */
type Life =
  /** Asked for, in seconds, within what the cloud gives. */
  | { readonly kind: 'asked'; readonly least: number }
  /** Set by the issuer; nothing can be asked for. */
  | { readonly kind: 'fixed'; readonly by: string; readonly seconds: number | undefined }
  | { readonly kind: 'none' };

/** Least seconds that STS gives. Source: AWS STS API, AssumeRoleWithWebIdentity. */
const AWS: Life = { kind: 'asked', least: 900 };

/**
 * How the life of a grant's credential is set. Sources: AWS STS API; Google, generateAccessToken (this product asks
 * for ten minutes or more); Google STS and Databricks give an hour; a token of GitHub lives five minutes.
 */
function lifeOf(grant: Grant): Life {
  switch (grant.kind) {
    case 'duckdb':
      return grant.s3 === undefined ? { kind: 'none' } : AWS;
    case 'bigquery':
      return grant.serviceAccount === undefined
        ? { kind: 'fixed', by: 'Google, without service_account,', seconds: 3600 }
        : { kind: 'asked', least: 600 };
    case 'databricks':
      return { kind: 'fixed', by: 'Databricks', seconds: 3600 };
    case 'snowflake':
      return snowflakeLife(grant.login.route);
    default:
      return AWS;
  }
}

function snowflakeLife(route: 'relay' | 'token' | 'aws' | 'oauth'): Life {
  if (route === 'aws') return AWS;
  if (route === 'oauth') return { kind: 'fixed', by: 'the identity provider', seconds: undefined };
  return { kind: 'fixed', by: 'GitHub', seconds: 300 };
}

/** Why `max_ttl_seconds` cannot be held for a grant; undefined when it can. */
export function ttlProblem(grant: Grant, maxTtlSeconds: number): string | undefined {
  const life = lifeOf(grant);
  if (life.kind === 'none') return undefined;
  if (life.kind === 'asked') {
    return maxTtlSeconds >= life.least
      ? undefined
      : `expected at least ${life.least}, the shortest life that can be asked for, got ${maxTtlSeconds}`;
  }
  if (life.seconds !== undefined && life.seconds <= maxTtlSeconds) return undefined;
  const length = life.seconds === undefined ? '' : ` to ${life.seconds} seconds`;
  return `cannot be held: ${life.by} sets the life of this grant's credential${length}`;
}

/** The grant with no longer a life than the rule allows, so that less is asked for. The loader has checked that it can be. */
export function cappedGrant(grant: Grant, maxTtlSeconds: number | undefined): Grant {
  if (maxTtlSeconds === undefined) return grant;
  switch (grant.kind) {
    case 'bigquery':
      return { ...grant, lifetimeSeconds: Math.min(grant.lifetimeSeconds, maxTtlSeconds) };
    case 'duckdb':
      return grant.s3 ? { ...grant, s3: { ...grant.s3, aws: capped(grant.s3.aws, maxTtlSeconds) } } : grant;
    case 'snowflake':
      return grant.login.route === 'aws'
        ? { ...grant, login: { ...grant.login, aws: capped(grant.login.aws, maxTtlSeconds) } }
        : grant;
    case 'databricks':
      return grant;
    default:
      return { ...grant, aws: capped(grant.aws, maxTtlSeconds) };
  }
}

function capped(role: AwsRole, maxTtlSeconds: number): AwsRole {
  return { ...role, durationSeconds: Math.min(role.durationSeconds, maxTtlSeconds) };
}
