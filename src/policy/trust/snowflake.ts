import type { SnowflakeGrant } from '../grant-types.ts';
import { capabilityOf } from './capability.ts';
import { type CloudTrust, divided, ruleClauses, type TrustScope, valuesOf } from './clauses.ts';
import { sqlName, sqlText } from './quoting.ts';

/**
 * The service user with the workload identities of the rule. Snowflake compares issuer, subject and audience, each
 * literally; a user has at most 10 identities.
 * Source: Snowflake, CREATE USER (WORKLOAD_IDENTITY) and ALTER USER ... ADD WORKLOAD IDENTITY.
 */
export function snowflakeTrust(scope: TrustScope, grant: SnowflakeGrant): CloudTrust {
  const { login } = grant;
  const audience = 'audience' in login ? login.audience : login.route === 'oauth' ? login.oauth.audience : '';
  const clauses = ruleClauses(scope, audience);
  const capability = capabilityOf('snowflake');
  const parts = divided(clauses, 'audience' in login ? capability : { ...capability, claims: [] });
  const identities = identitiesOf(scope, grant);
  const open = 'audience' in login && identities.length === 0;
  const statement = open ? '' : [user(grant), ...identities, snowflakeRole(grant)].join('\n');
  return { ...parts, statement };
}

function user(grant: SnowflakeGrant): string {
  return `CREATE USER IF NOT EXISTS ${sqlName(grant.user)} TYPE=SERVICE DEFAULT_ROLE=${sqlName(grant.role)} DEFAULT_SECONDARY_ROLES=();`;
}

/** The role for the user: what a login under it needs. */
export function snowflakeRole(grant: SnowflakeGrant): string {
  return `GRANT ROLE ${sqlName(grant.role)} TO USER ${sqlName(grant.user)};`;
}

function identitiesOf(
  { policy, rule }: TrustScope,
  { login, user: name }: SnowflakeGrant,
): readonly string[] {
  const add = (label: string, identity: string) =>
    `ALTER USER ${sqlName(name)} ADD WORKLOAD IDENTITY ${sqlName(label)} ${identity};`;
  const label = rule.id.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?![A-Za-z_])/, '_');
  if (login.route === 'aws')
    return [add(label, `TYPE=AWS ARN=${sqlText(login.aws.chain?.roleArn ?? login.aws.roleArn)}`)];
  if (login.route === 'oauth') return [];
  const subjects = valuesOf(ruleClauses({ policy, rule }, login.audience), 'sub');
  return subjects.map((subject, at) =>
    add(
      subjects.length === 1 ? label : `${label}_${at + 1}`,
      `TYPE=OIDC\n  ISSUER=${sqlText(policy.issuer)}\n  SUBJECT=${sqlText(subject)}\n  OIDC_AUDIENCE_LIST=(${sqlText(login.audience)})`,
    ),
  );
}
