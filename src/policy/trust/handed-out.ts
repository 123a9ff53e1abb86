import { PassportError } from '../../errors.ts';
import type { AwsRole, Grant, OAuthExchange } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import type { TrustOptions } from './capability.ts';
import type { Target } from './model.ts';

/** A grant under a rule. */
interface Granted {
  readonly rule: Rule;
  readonly grantName: string;
  readonly grant: Grant;
}

/** What a target hands out for a grant under a rule. */
export interface HandedOut extends Granted {
  readonly principal: string;
  readonly audience: string;
  /** Who compares GitHub's token: the target, or the system whose credential it takes instead. */
  readonly checker: Target;
}

/**
 * The principal of a grant on a target; undefined when the target has nothing to do with the grant. No grant of the
 * policy names Vault, Keycloak and Kong: Vault has a role for each rule, the others one for each environment.
 */
export function handedOut(target: Target, granted: Granted, options: TrustOptions): HandedOut | undefined {
  const found = principal(target, granted, options);
  if (found === undefined) return undefined;
  const { audience = neededAudience(target, options), checker = target, name } = found;
  return { ...granted, principal: name, audience, checker };
}

interface Found {
  readonly name: string;
  readonly audience?: string;
  readonly checker?: Target;
}

function principal(target: Target, granted: Granted, options: TrustOptions): Found | undefined {
  const { rule, grant } = granted;
  switch (target) {
    case 'aws': {
      const role = awsRoleOf(grant);
      return role && { name: role.roleArn, audience: role.audience };
    }
    case 'gcp':
      return grant.kind === 'bigquery' ? { name: googleAccount(grant), audience: grant.audience } : undefined;
    case 'snowflake':
      return grant.kind === 'snowflake' ? snowflakeUser(grant) : undefined;
    case 'databricks':
      return grant.kind === 'databricks' ? { name: grant.clientId, audience: grant.audience } : undefined;
    case 'azure':
      return azureApplication(granted, options);
    case 'vault':
      return { name: rule.id };
    // They know a token by its subject, so rules that share one share what it gets.
    default:
      return { name: `${rule.repository.repositoryId}/${rule.environment.name}` };
  }
}

/** The role of AWS that a grant is reached by. */
export function awsRoleOf(grant: Grant): AwsRole | undefined {
  return grant.kind === 'duckdb' ? grant.s3?.aws : routeOf(grant).aws;
}

/** Where a grant says how it is reached. */
function routeOf(grant: Grant): Route {
  return grant.kind === 'snowflake' ? grant.login : grant;
}

interface Route {
  readonly kind?: Grant['kind'];
  readonly route?: string;
  readonly aws?: AwsRole;
  readonly oauth?: OAuthExchange;
}

/** Whom the token becomes first: a service account, or itself for a dataset. */
function googleAccount(grant: Extract<Grant, { kind: 'bigquery' }>): string {
  const [first = grant.serviceAccount] = grant.delegates;
  return first ?? `${grant.project}:${grant.dataset}`;
}

function snowflakeUser({ account, user, login }: Extract<Grant, { kind: 'snowflake' }>): Found {
  const name = `${account}/${user}`;
  if (login.route === 'aws') return { name, audience: login.aws.audience, checker: 'aws' };
  if (login.route === 'oauth') return { name, audience: login.oauth.audience, checker: 'azure' };
  return { name, audience: login.audience };
}

/** The application of a grant that goes by way of Microsoft Entra, or the one that was named for every rule. */
function azureApplication({ grant, grantName }: Granted, options: TrustOptions): Found | undefined {
  const { principal, audience } = options;
  const exchange = routeOf(grant).oauth;
  if (exchange && isEntra(exchange)) {
    return { name: principal ?? exchange.clientId ?? 'APPLICATION_ID', audience: exchange.audience };
  }
  if (grantName !== (options.grant ?? grantName)) return undefined;
  return principal === undefined ? undefined : { name: principal, audience: audience ?? ENTRA_AUDIENCE };
}

/** What Entra wants in `aud`. Source: Microsoft, "Workload identity federation", federated identity credentials. */
const ENTRA_AUDIENCE = 'api://AzureADTokenExchange';

function isEntra({ tokenUrl }: OAuthExchange): boolean {
  return /^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)$/.test(new URL(tokenUrl).host);
}

/** An audience that no grant names must be chosen: one that is used twice would open one system with a token for another. */
function neededAudience(target: Target, { audience }: TrustOptions): string {
  if (audience !== undefined) return audience;
  throw new PassportError('ERR_INPUT_INVALID', `expected the audience of tokens for ${target}, got none`, {
    hint: `Give --audience, such as ${target}.example: the policy has no grant for ${target} that names it, and no audience should serve two systems.`,
  });
}
