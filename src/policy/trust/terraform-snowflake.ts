import { block, expression, label } from './hcl.ts';
import { sqlName } from './quoting.ts';
import type { RenderRequest, Written } from './rendered.ts';
import { addIdentity, type SnowflakeIdentity } from './snowflake-identities.ts';
import { snowflakeProblems, type TrustedUser, trustedUsers } from './snowflake-users.ts';

/**
 * The users as resources of the Terraform provider `snowflakedb/snowflake`, a file for each account. Named identities
 * have no resource of their own, so that they are statements (`snowflake_execute`), the same as in the SQL.
 */
export function terraformSnowflake(request: RenderRequest): Written {
  const users = trustedUsers(request);
  const accounts = [...new Set(users.map(({ account }) => account))];
  const files = accounts.map((account) => ({
    name: `snowflake-${label(account)}.tf`,
    text: `# Snowflake account ${account}\n${users
      .filter((user) => user.account === account)
      .flatMap(userBlocks)
      .join('\n')}`,
  }));
  return { files, problems: snowflakeProblems(request, users) };
}

/** What is not in quotes in SQL is in capitals in the account, and the provider quotes every name. */
function stored(name: string): string {
  return name.toUpperCase();
}

function userBlocks(trusted: TrustedUser): readonly string[] {
  const { user, roles, identities, guard } = trusted;
  const resource = label(user.toLowerCase());
  const reference = expression(`snowflake_service_user.${resource}.name`);
  return [
    block('resource', ['snowflake_service_user', resource], {
      name: stored(user),
      default_role: stored(roles[0] ?? ''),
      default_secondary_roles_option: 'NONE',
    }),
    ...roles.map((role) =>
      block('resource', ['snowflake_grant_account_role', label(`${resource}_${role.toLowerCase()}`)], {
        role_name: stored(role),
        user_name: reference,
      }),
    ),
    ...identities.map((identity) => identityBlock(user, resource, identity)),
    ...guardBlocks(user, resource, guard),
  ];
}

function identityBlock(user: string, resource: string, identity: SnowflakeIdentity): string {
  return block('resource', ['snowflake_execute', label(`${resource}_${identity.name}`)], {
    execute: addIdentity(user, identity),
    revert: `ALTER USER ${sqlName(user)} REMOVE WORKLOAD IDENTITY ${sqlName(identity.name)}`,
    depends_on: expression(`[snowflake_service_user.${resource}]`),
  });
}

/** The policy is made in the schema that the provider's connection has chosen. */
function guardBlocks(
  user: string,
  resource: string,
  { create, drop, set }: TrustedUser['guard'],
): readonly string[] {
  return [
    block('resource', ['snowflake_execute', `${resource}_federation`], { execute: create, revert: drop }),
    block('resource', ['snowflake_execute', `${resource}_federation_set`], {
      execute: set,
      revert: `ALTER USER ${sqlName(user)} UNSET AUTHENTICATION POLICY`,
      depends_on: expression(
        `[snowflake_service_user.${resource}, snowflake_execute.${resource}_federation]`,
      ),
    }),
  ];
}
