/**
 * Whom Snowflake believes: the users of an account with their WORKLOAD_IDENTITY, and the External OAuth integration.
 *
 * 394729, whose text has the `sub` that came, is what users of Snowflake report for a subject that nobody trusts. For
 * an attestation that is not valid in itself no code is public; the codes here are those that the driver knows for key
 * pair tokens (snowflake-connector-python, network.py), so that is assumed. 390303, 390317 and 390318 are documented
 * for External OAuth, 390189 is what drivers show for a role that is not granted.
 */
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import type { AwsSts } from './aws-sts.ts';

export interface SnowflakeUser {
  /** In upper case, as all names here. */
  readonly name: string;
  readonly roles: readonly string[];
  /** DEFAULT_SECONDARY_ROLES = ('ALL'). */
  readonly secondaryRoles?: boolean;
  readonly identity:
    | {
        readonly type: 'OIDC';
        readonly issuer: string;
        readonly subject: string;
        readonly audiences: readonly string[];
      }
    | { readonly type: 'AWS'; readonly arn: string }
    | { readonly type: 'OAUTH'; readonly subject: string };
}

export interface Trust {
  readonly users: readonly SnowflakeUser[];
  /** Who checks the signature of an AWS attestation. */
  readonly sts?: Pick<AwsSts, 'url' | 'verifyCallerIdentity'>;
  /** The security integration of type EXTERNAL_OAUTH. */
  readonly oauth?: { readonly issuer: string; readonly audience: string };
}

/** A refusal with the code and the words that a driver shows. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is presented at a login: `provider` as the drivers name it. */
export interface Presented {
  readonly provider: 'OIDC' | 'AWS' | 'OAUTH';
  readonly token: string;
  /** LOGIN_NAME; empty where the protocol has none. */
  readonly user: string;
  readonly role: string;
}

/** The user and the role of the new session. @throws Refused */
export async function authenticate(trust: Trust, presented: Presented): Promise<SnowflakeUser> {
  const user = await userOf(trust, presented);
  if (presented.user !== '' && presented.user.toUpperCase() !== user.name)
    throw new Refused('390100', 'Incorrect username or password was specified.');
  if (!user.roles.includes(presented.role.toUpperCase()))
    throw new Refused(
      '390189',
      `Role '${presented.role}' specified in the connect string is not granted to this user. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`,
    );
  return user;
}

function userOf(trust: Trust, presented: Presented): Promise<SnowflakeUser> {
  if (presented.provider === 'OIDC') return oidcUser(trust, presented.token);
  if (presented.provider === 'OAUTH') return oauthUser(trust, presented);
  return Promise.resolve(awsUser(trust, presented.token));
}

async function oidcUser(trust: Trust, token: string): Promise<SnowflakeUser> {
  const { iss, sub } = unverified(token, '394300');
  for (const user of trust.users) {
    const { identity } = user;
    if (identity.type !== 'OIDC' || identity.issuer !== iss || identity.subject !== sub) continue;
    await verify(token, { issuer: identity.issuer, audience: [...identity.audiences] }, (error) =>
      error instanceof errors.JWTExpired ? '394301' : '394300',
    );
    return user;
  }
  throw new Refused('394729', `No user with a matching workload identity was found. Received sub: ${sub}`);
}

async function oauthUser(trust: Trust, { token, role }: Presented): Promise<SnowflakeUser> {
  if (trust.oauth === undefined) throw new Refused('390303', 'Invalid OAuth access token.');
  const { sub, scp } = await verify(token, trust.oauth, (error) =>
    error instanceof errors.JWTExpired ? '390318' : '390303',
  );
  const user = trust.users.find(({ identity }) => identity.type === 'OAUTH' && identity.subject === sub);
  if (user === undefined) throw new Refused('390303', 'Invalid OAuth access token.');
  const scopes = Array.isArray(scp) ? scp.map((scope) => String(scope).toUpperCase()) : [];
  if (!scopes.includes(`SESSION:ROLE:${role.toUpperCase()}`))
    throw new Refused('390317', `The role ${role} is not listed in the Access Token or was filtered.`);
  return user;
}

/** Sends the signed GetCallerIdentity request on, as Snowflake does, and believes what AWS answers. */
function awsUser(trust: Trust, token: string): SnowflakeUser {
  const { url, method, headers } = JSON.parse(Buffer.from(token, 'base64').toString()) as {
    readonly url: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const signed = /SignedHeaders=([^,]*)/.exec(lower['authorization'] ?? '')?.[1]?.split(';') ?? [];
  const forUs =
    lower['x-snowflake-audience'] === 'snowflakecomputing.com' && signed.includes('x-snowflake-audience');
  const caller =
    forUs && trust.sts !== undefined && new URL(url).origin === trust.sts.url
      ? trust.sts.verifyCallerIdentity({ method, url: new URL(url), headers: lower, body: '' })
      : null;
  if (caller === null) throw new Refused('394300', 'The attestation is not valid.');
  const user = trust.users.find(({ identity }) => identity.type === 'AWS' && identity.arn === caller.roleArn);
  if (user !== undefined) return user;
  throw new Refused(
    '394729',
    `No user with a matching workload identity was found. Received ${caller.roleArn}`,
  );
}

async function verify(
  token: string,
  expected: { readonly issuer: string; readonly audience: string | string[] },
  codeOf: (error: unknown) => string,
) {
  const keys = createRemoteJWKSet(new URL(`${expected.issuer}/.well-known/jwks`));
  try {
    const { issuer, audience } = expected;
    const required = ['exp', 'iat', 'sub'];
    const options = { issuer, audience, algorithms: ['RS256'], requiredClaims: required };
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    throw new Refused(codeOf(error), error instanceof Error ? error.message : 'The token is not valid.');
  }
}

function unverified(token: string, code: string): { readonly iss: unknown; readonly sub: unknown } {
  try {
    const { iss, sub } = decodeJwt(token);
    return { iss, sub };
  } catch {
    throw new Refused(code, 'The token is not a JWT.');
  }
}
