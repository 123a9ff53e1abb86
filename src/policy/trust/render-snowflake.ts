import type { RenderRequest, Written } from './rendered.ts';
import { createUser, snowflakeRole } from './snowflake.ts';
import { addIdentity } from './snowflake-identities.ts';
import { snowflakeProblems, type TrustedUser, trustedUsers } from './snowflake-users.ts';

/** Statements of SQL for each account. */
export function renderSnowflake(request: RenderRequest): Written {
  const users = trustedUsers(request);
  const accounts = [...new Set(users.map(({ account }) => account))];
  const files = accounts.map((account) => {
    const own = users.filter((user) => user.account === account).map(userStatements);
    const claims = request.options.claims
      ? [
          '-- CLAIMS is part of a pending change of Snowflake; its syntax here was not tried against an account.',
        ]
      : [];
    return { name: `${account}.sql`, text: `${[header(account), ...claims, ...own].join('\n')}\n` };
  });
  return { files, problems: snowflakeProblems(request, users) };
}

function header(account: string): string {
  return [
    `-- Snowflake account ${account}, as SECURITYADMIN or a role with its rights.`,
    '-- Authentication policies are made in the current schema: choose it with USE SCHEMA first.',
  ].join('\n');
}

function userStatements({ user, roles, identities, guard }: TrustedUser): string {
  const statements = [
    createUser(user, roles[0] ?? ''),
    ...identities.map((identity) => addIdentity(user, identity)),
    ...roles.map((role) => snowflakeRole({ user, role }).slice(0, -1)),
    guard.create,
    guard.set,
  ];
  return [
    '',
    ...statements.map((statement) => `${statement};`),
    ...(identities.length === 0 ? [OAUTH] : []),
    NETWORK,
  ].join('\n');
}

const OAUTH =
  '-- The user logs in with a token of another identity provider: it needs a security integration (EXTERNAL_OAUTH), and the provider must trust GitHub.';
const NETWORK =
  '-- To take logins from runners of GitHub only, add a network policy with SNOWFLAKE.NETWORK_SECURITY.GITHUBACTIONS_GLOBAL.';
