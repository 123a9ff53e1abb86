import type { SnowflakeGrant } from '../grant-types.ts';
import { capabilityOf } from './capability.ts';
import { type CloudTrust, divided, ruleClauses, type TrustScope } from './clauses.ts';
import { sqlName } from './quoting.ts';
import { addIdentity, snowflakeIdentities } from './snowflake-identities.ts';

/**
 * The service user with the workload identities of the rule. Snowflake compares issuer, subject and audience, each
 * literally; a user has at most 10 identities.
 * Source: Snowflake, CREATE USER (WORKLOAD_IDENTITY) and ALTER USER ... ADD WORKLOAD IDENTITY.
 */
export function snowflakeTrust(scope: TrustScope, grant: SnowflakeGrant): CloudTrust {
  const { login, user, role } = grant;
  const audience = 'audience' in login ? login.audience : login.route === 'oauth' ? login.oauth.audience : '';
  const clauses = ruleClauses(scope, audience);
  const parts =
    'audience' in login ? divided(clauses, capabilityOf('snowflake')) : { checked: [], unchecked: clauses };
  const identities = snowflakeIdentities(grant, scope.rule, parts.checked).map(
    (identity) => `${addIdentity(user, identity)};`,
  );
  const open = 'audience' in login && identities.length === 0;
  const statement = open
    ? ''
    : [`${createUser(user, role)};`, ...identities, snowflakeRole(grant)].join('\n');
  return { ...parts, statement };
}

/** A user that only programs log in as, with one role and no other. */
export function createUser(user: string, role: string): string {
  return `CREATE USER IF NOT EXISTS ${sqlName(user)} TYPE=SERVICE DEFAULT_ROLE=${sqlName(role)} DEFAULT_SECONDARY_ROLES=()`;
}

/** The role for the user: what a login under it needs. */
export function snowflakeRole(grant: Pick<SnowflakeGrant, 'role' | 'user'>): string {
  return `GRANT ROLE ${sqlName(grant.role)} TO USER ${sqlName(grant.user)};`;
}
