import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/policy/grant-types.ts';
import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { snowflakeProblems, trustedUsers } from '../../../src/policy/trust/snowflake-users.ts';
import { example } from './render-example.ts';

type Login = Extract<Grant, { kind: 'snowflake' }>['login'];
const ROLE = { region: 'eu-central-1', audience: 'sts', durationSeconds: 900, allow: [], policyArns: [] };
const aws = (account: string, chained?: string): Login => ({
  route: 'aws',
  aws: {
    ...ROLE,
    roleArn: `arn:aws:iam::${account}:role/r`,
    ...(chained && { chain: { roleArn: `arn:aws:iam::${chained}:role/c` } }),
  },
});
const OAUTH: Login = {
  route: 'oauth',
  oauth: {
    tokenUrl: 'https://login.microsoftonline.com/a/token',
    grantType: 'token-exchange',
    audience: 'e',
  },
};
const RELAY: Login = { route: 'relay', audience: 'dbt.acme' };

interface Given extends Partial<Pick<Rule, 'id' | 'environment'>> {
  readonly login?: Login;
  readonly role?: string;
}

/** The policy with everything, with a rule for each of these as one user. */
async function policyOf(given: readonly Given[]): Promise<Policy> {
  const policy = await example('everything', ['deny:\n  actor_id: ["99"]\n', 'deny:\n']);
  const rule = policy.rules.find(({ id }) => id === 'default');
  const grant = policy.grants.get('snowflake');
  if (rule === undefined || grant?.kind !== 'snowflake') throw new Error('another policy');
  const rules = given.map(({ login: _, role: __, ...more }, at) => ({
    ...rule,
    id: `r${at}`,
    line: 100 + at,
    environment: { name: `e${at}` },
    grants: [`g${at}`],
    ...more,
  }));
  const grants = given.map(
    ({ login = RELAY, role = 'R' }, at) => [`g${at}`, { ...grant, role, login }] as const,
  );
  return { ...policy, rules, grants: new Map(grants) };
}

async function usersOf(...given: readonly Given[]) {
  const policy = await policyOf(given);
  const principals = principalsOf(policy, 'snowflake');
  const request = { policy, principals, all: principals, options: {} };
  const users = trustedUsers(request);
  return { users, problems: snowflakeProblems(request, users) };
}

describe('the users of Snowflake', () => {
  it('have the roles and identities of every rule that leads to them, from the line of the first', async () => {
    const { users } = await usersOf({}, { role: 'S' }, {});
    expect(users).toMatchObject([{ account: 'acme-eu', user: 'DBT_PROD', roles: ['R', 'S'], line: 100 }]);
    expect(users[0]?.identities.map(({ name }) => name)).toEqual(['r0', 'r1', 'r2']);
  });

  it('have no two identities that are the same, nor two of one name', async () => {
    const same = { environment: { name: 'e' } };
    const { users } = await usersOf(
      { ...same, id: 'first' },
      { ...same, id: 'again' },
      { id: 'a-b' },
      { id: 'A_B' },
      { id: 'a.b' },
      { id: 'a_b_2' },
    );
    expect(users[0]?.identities.map(({ name }) => name)).toEqual([
      'first',
      'a_b',
      'A_B_2',
      'a_b_3',
      'a_b_2_2',
    ]);
  });

  const guardOf = async (...logins: Login[]) =>
    (await usersOf(...logins.map((login) => ({ login })))).users[0]?.guard;
  const name = 'DBT_PROD_federation';
  const create = (secured: string) => `CREATE AUTHENTICATION POLICY IF NOT EXISTS ${name}\n  ${secured}`;
  const issuer = "ALLOWED_OIDC_ISSUERS=('https://token.actions.githubusercontent.com')";
  it.each([
    [
      'with a token',
      [RELAY],
      `AUTHENTICATION_METHODS=('WORKLOAD_IDENTITY')\n  WORKLOAD_IDENTITY_POLICY=(ALLOWED_PROVIDERS=(OIDC) ${issuer})`,
    ],
    [
      'as a role',
      [aws('1'), aws('1')],
      "AUTHENTICATION_METHODS=('WORKLOAD_IDENTITY')\n  WORKLOAD_IDENTITY_POLICY=(ALLOWED_PROVIDERS=(AWS) ALLOWED_AWS_ACCOUNTS=('1'))",
    ],
    [
      'as roles of two accounts, one by a chain',
      [aws('1'), aws('2', '3')],
      "AUTHENTICATION_METHODS=('WORKLOAD_IDENTITY')\n  WORKLOAD_IDENTITY_POLICY=(ALLOWED_PROVIDERS=(AWS) ALLOWED_AWS_ACCOUNTS=('1', '3'))",
    ],
    ['by way of OAuth', [OAUTH], "AUTHENTICATION_METHODS=('OAUTH')"],
    [
      'in every way',
      [OAUTH, aws('1'), RELAY, { route: 'token', audience: 'x' } satisfies Login],
      `AUTHENTICATION_METHODS=('OAUTH', 'WORKLOAD_IDENTITY')\n  WORKLOAD_IDENTITY_POLICY=(ALLOWED_PROVIDERS=(OIDC, AWS) ${issuer} ALLOWED_AWS_ACCOUNTS=('1'))`,
    ],
  ] as const)('log in %s and in no other way', async (_, logins, secured) => {
    expect(await guardOf(...logins)).toEqual({
      create: create(secured),
      set: `ALTER USER DBT_PROD SET AUTHENTICATION POLICY ${name}`,
      drop: `DROP AUTHENTICATION POLICY IF EXISTS ${name}`,
    });
  });

  it('are told of when they have too many identities, at the first rule', async () => {
    expect((await usersOf(...Array(10).fill({}))).problems).toEqual([]);
    expect((await usersOf(...Array(11).fill({}))).problems).toEqual([
      {
        level: 'error',
        target: 'snowflake',
        line: 100,
        message: expect.stringMatching(
          /^user DBT_PROD would have 11 workload identities, at most 10 are taken/,
        ),
      },
    ]);
  });

  it('need short subjects only where Snowflake compares them', async () => {
    const long = { environment: { name: 'e'.repeat(250) } };
    const { problems } = await usersOf(
      { ...long, login: aws('1') },
      { ...long, login: OAUTH },
      { ...long, login: RELAY },
    );
    expect(problems).toMatchObject([{ line: 102, message: expect.stringContaining('at most 255') }]);
  });
});
