import type { SnowflakeGrant } from '../grant-types.ts';
import type { Principal, Way } from './principals.ts';
import { sqlName, sqlText } from './quoting.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';
import { type SnowflakeIdentity, snowflakeIdentities } from './snowflake-identities.ts';
import { subjectProblems } from './subject-problems.ts';

/** A user as Snowflake should hold it. */
export interface TrustedUser {
  readonly account: string;
  readonly user: string;
  readonly roles: readonly string[];
  /** No two with one name or one definition. */
  readonly identities: readonly SnowflakeIdentity[];
  /** An authentication policy that leaves no other way to log in, as statements without the semicolon. */
  readonly guard: { readonly create: string; readonly set: string; readonly drop: string };
  /** 1-based line of the first rule that leads to it. */
  readonly line: number;
}

type SnowflakeWay = Way & { readonly grant: SnowflakeGrant };

/** The users of the policy, with every rule that logs in as them. */
export function trustedUsers({ policy, principals }: RenderRequest): readonly TrustedUser[] {
  return principals.map(waysOf).flatMap((ways) =>
    ways.slice(0, 1).map(({ grant: { account, user }, rule: { line } }) => ({
      ...{ account, user, line },
      roles: [...new Set(ways.map(({ grant }) => grant.role))],
      identities: identitiesOf(ways),
      guard: guard(user, policy.issuer, ways),
    })),
  );
}

/** Only grants of Snowflake hand out its users, see handed-out.ts. */
function waysOf({ ways }: Principal): readonly SnowflakeWay[] {
  return ways as readonly SnowflakeWay[];
}

/** Rules that differ in what Snowflake does not compare have one identity. */
function identitiesOf(ways: readonly SnowflakeWay[]): readonly SnowflakeIdentity[] {
  const found = ways.flatMap(({ grant, rule, checked }) => snowflakeIdentities(grant, rule, checked));
  const unique = [...new Map(found.toReversed().map((identity) => [identity.definition, identity])).values()];
  const names = new Set<string>();
  return unique.toReversed().map((identity) => {
    let name = identity.name;
    for (let number = 2; names.has(name.toUpperCase()); number++) name = `${identity.name}_${number}`;
    names.add(name.toUpperCase());
    return { ...identity, name };
  });
}

/** An authentication policy for the user: this way of logging in, from this issuer or account, and no other. */
function guard(user: string, issuer: string, ways: readonly SnowflakeWay[]): TrustedUser['guard'] {
  const name = sqlName(`${user}_federation`);
  const logins = ways.map(({ grant }) => grant.login);
  const methods = new Set(logins.map(({ route }) => (route === 'oauth' ? 'OAUTH' : 'WORKLOAD_IDENTITY')));
  const oidc = logins.some((login) => 'audience' in login);
  const accounts = new Set(
    logins.flatMap((login) =>
      login.route === 'aws' ? [accountOf(login.aws.chain?.roleArn ?? login.aws.roleArn)] : [],
    ),
  );
  const providers = [...(oidc ? ['OIDC'] : []), ...(accounts.size > 0 ? ['AWS'] : [])];
  const allowed = [
    `ALLOWED_PROVIDERS=(${providers.join(', ')})`,
    ...(oidc ? [`ALLOWED_OIDC_ISSUERS=(${sqlText(issuer)})`] : []),
    ...(accounts.size > 0 ? [`ALLOWED_AWS_ACCOUNTS=(${[...accounts].map(sqlText).join(', ')})`] : []),
  ];
  const workload = providers.length === 0 ? '' : `\n  WORKLOAD_IDENTITY_POLICY=(${allowed.join(' ')})`;
  const secured = `AUTHENTICATION_METHODS=(${[...methods].map(sqlText).join(', ')})${workload}`;
  return {
    create: `CREATE AUTHENTICATION POLICY IF NOT EXISTS ${name}\n  ${secured}`,
    set: `ALTER USER ${sqlName(user)} SET AUTHENTICATION POLICY ${name}`,
    drop: `DROP AUTHENTICATION POLICY IF EXISTS ${name}`,
  };
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** Sources: Snowflake, ALTER USER ... ADD WORKLOAD IDENTITY; CREATE USER, SUBJECT. */
const IDENTITIES = 10;
const SUBJECT_CHARACTERS = 255;

/** What Snowflake would refuse. */
export function snowflakeProblems(
  { principals }: RenderRequest,
  users: readonly TrustedUser[],
): readonly TrustProblem[] {
  const many = users.flatMap(({ user, identities, line }): readonly TrustProblem[] => {
    if (identities.length <= IDENTITIES) return [];
    const message = `user ${user} would have ${identities.length} workload identities, at most ${IDENTITIES} are taken: give rules users of their own, or name one shape of sub (sub_template)`;
    return [{ level: 'error', target: 'snowflake', line, message }];
  });
  const logins = principals.flatMap(waysOf).filter(({ grant }) => 'audience' in grant.login);
  return [...many, ...logins.flatMap((way) => subjectProblems(way, 'snowflake', SUBJECT_CHARACTERS))];
}
