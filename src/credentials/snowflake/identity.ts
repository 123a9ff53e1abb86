import { PassportError } from '../../errors.ts';
import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import type { SnowflakeIdentity } from '../clouds.ts';
import { isSameAccount } from './account.ts';

/**
 * Refuses a session that is not exactly the grant's: account, user, role, and no secondary roles, whose rights
 * would come on top. The grant has unquoted identifiers only, which Snowflake compares in upper case.
 * @throws PassportError ERR_CREDENTIAL_MISMATCH with every difference and what to change
 */
export function checkIdentity(grant: SnowflakeGrant, identity: SnowflakeIdentity): void {
  const differences = differencesOf(grant, identity);
  if (differences.length === 0) return;
  throw new PassportError(
    'ERR_CREDENTIAL_MISMATCH',
    `Snowflake's session is not the one the policy names: ${differences.map(({ what }) => what).join('; ')}`,
    { reason: 'SNOWFLAKE_IDENTITY', hint: differences.map(({ change }) => change).join(' ') },
  );
}

interface Difference {
  /** Expected against actual. */
  readonly what: string;
  readonly change: string;
}

function differencesOf(grant: SnowflakeGrant, identity: SnowflakeIdentity): Difference[] {
  const found: Difference[] = [];
  const same = (unquoted: string, actual: string) => unquoted.toUpperCase() === actual;
  const { account, user, role } = grant;
  if (!isSameAccount(account, identity)) {
    found.push({
      what: `account ${account} expected, got ${identity.accountName || 'no name'} (${identity.account})`,
      change: 'Correct `account` of the grant.',
    });
  }
  if (!same(user, identity.user)) {
    found.push({
      what: `user ${user} expected, got ${identity.user}`,
      change: `Another user trusts this token: correct \`user\` of the grant, or move WORKLOAD_IDENTITY to ${user}.`,
    });
  }
  if (!same(role, identity.role)) {
    found.push({
      what: `role ${role} expected, got ${identity.role || 'none'}`,
      change: `GRANT ROLE ${role} TO USER ${user};`,
    });
  }
  if (!isWithoutSecondaryRoles(identity.secondaryRoles)) {
    found.push({
      what: `no secondary roles expected, got ${identity.secondaryRoles}`,
      change: `ALTER USER ${user} SET DEFAULT_SECONDARY_ROLES = ();`,
    });
  }
  return found;
}

/** `CURRENT_SECONDARY_ROLES()` is JSON such as `{"roles":"A,B","value":"ALL"}`; both are empty when they are off. */
function isWithoutSecondaryRoles(text: string): boolean {
  if (text === '') return true;
  try {
    const { roles, value } = JSON.parse(text) as { readonly roles?: unknown; readonly value?: unknown };
    return roles === '' && (value === '' || value === 'NONE');
  } catch {
    return false;
  }
}
