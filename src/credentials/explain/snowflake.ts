import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import { sqlName } from '../../policy/trust/quoting.ts';
import { snowflakeRole, snowflakeTrust } from '../../policy/trust/snowflake.ts';
import { type Cloud, NOTHING_SHOWN, type Refusal, requestRow, staleToken } from './refusal.ts';

/**
 * Source: Snowflake, External OAuth errors (390303, 390317, 390318); Snowflake's Python connector (390100, 390144, 3943xx for key pairs,
 * 251017). The codes for roles (390186, 390189), networks (390422) and workload identities (394729) are
 * quoted in public reports of users; 390101 (user disabled) is assumed.
 */
const REFUSALS: readonly Refusal<SnowflakeGrant>[] = [
  {
    reason: 'SNOWFLAKE_NETWORK',
    text: /390422|is not allowed to access Snowflake/i,
    cause: 'A network policy of the account or the user does not let the address of this runner in.',
    hint: "Give the user a network policy with GitHub's runners, or use a runner inside the allowed network.",
    show: ({ user }) => ({
      rows: requestRow('address of the runner', 'allowed by the network policy', 'not allowed'),
      statement: [
        "CREATE NETWORK POLICY github_runners ALLOWED_NETWORK_RULE_LIST=('SNOWFLAKE.NETWORK_SECURITY.GITHUBACTIONS_GLOBAL');",
        `ALTER USER ${sqlName(user)} SET NETWORK_POLICY=github_runners;`,
      ].join('\n'),
    }),
  },
  {
    reason: 'SNOWFLAKE_ROLE',
    text: /39018[69]|not granted to this user/i,
    cause: ({ user, role }) => `The token is trusted, but user ${user} does not have role ${role}.`,
    hint: 'Grant the role with the statement, or correct `role` of the grant.',
    show: (grant) => ({
      rows: requestRow('role', grant.role, `not granted to ${grant.user}`),
      statement: snowflakeRole(grant),
    }),
  },
  {
    reason: 'SNOWFLAKE_USER_DISABLED',
    text: /390101|user (access )?(is )?(disabled|locked)|user temporarily locked/i,
    cause: ({ user }) => `User ${user} is disabled or locked.`,
    hint: 'Find out who disabled the user and why before enabling it with the statement.',
    show: ({ user }) => ({
      rows: requestRow('user', 'enabled', 'disabled or locked'),
      statement: `ALTER USER ${sqlName(user)} SET DISABLED=FALSE;`,
    }),
  },
  {
    reason: 'SNOWFLAKE_ADAPTER',
    text: /251017|workload_identity_provider/i,
    cause: 'This dbt-snowflake does not know `workload_identity_provider` and drops it.',
    hint: 'Install dbt-snowflake 1.12 or newer.',
    show: () => ({ rows: requestRow('dbt-snowflake', '1.12 or newer', 'older'), statement: '' }),
  },
  {
    reason: 'SNOWFLAKE_OAUTH_EXPIRED',
    text: /390318|OAuth access token expired/i,
    cause: 'The access token of the identity provider had ended when Snowflake read it.',
    hint: 'Let the identity provider issue longer tokens, and check the clock of the runner.',
    show: () => NOTHING_SHOWN,
  },
  {
    reason: 'SNOWFLAKE_OAUTH',
    text: /390303|390317|Invalid OAuth access token/i,
    cause:
      'The security integration does not take the access token: issuer, audience, user mapping or role differ.',
    hint: 'Ask Snowflake why, with the login id of the message and the privilege MONITOR, and correct the integration.',
    show: ({ role }) => ({
      rows: requestRow('scope', `session:role:${role}`, 'not accepted'),
      statement: "SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('LOGIN_ID');\nSHOW SECURITY INTEGRATIONS;",
    }),
  },
  staleToken('SNOWFLAKE_TOKEN_EXPIRED', 'Snowflake', { text: /394301/ }),
  {
    reason: 'SNOWFLAKE_IDENTITY',
    text: /394729|workload.identity|390144|39430\d|JWT/i,
    cause:
      'No workload identity of the user has this issuer, `sub` and audience; Snowflake compares them literally.',
    hint: 'Add the identity with the statement, or correct the policy when the user is right.',
    askClaims: true,
  },
];

/** Everything else. */
const OTHERWISE: Refusal<SnowflakeGrant> = {
  reason: 'SNOWFLAKE_LOGIN',
  cause: 'Snowflake refused the login: the user does not exist, or none of its identities is this token.',
  hint: 'Create user and identity with the statement, or correct `account` and `user` of the grant.',
  askClaims: true,
};

export const SNOWFLAKE: Cloud<SnowflakeGrant> = {
  name: 'Snowflake',
  refusals: REFUSALS,
  otherwise: OTHERWISE,
  trust: snowflakeTrust,
  principal: ({ account, user, role }) => `user ${user} with role ${role} in account ${account}`,
  status: 'https://status.snowflake.com',
};
