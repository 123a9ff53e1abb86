import { type Options, optionsFrom, type SqlValue, statements } from './snowflake-sql.ts';

/** A user of an account as a script makes it. */
interface User {
  readonly identities: Map<string, Options>;
  readonly roles: string[];
  policy?: string;
}

export interface SnowflakeAccount {
  readonly users: ReadonlyMap<string, User>;
  readonly policies: ReadonlyMap<string, Options>;
}

/** Whoever wants to log in: with a token, as a role of AWS, or with an access token of another identity provider. */
export type Login =
  | { readonly type: 'OIDC'; readonly claims: ReadonlyMap<string, unknown> }
  | { readonly type: 'AWS'; readonly arn: string }
  | { readonly type: 'OAUTH' };

/** Makes of one statement what it says; `_` stands for a name. */
type Effect = (account: Draft, statement: Statement) => void;
interface Statement {
  readonly tokens: ReturnType<typeof statements>[number];
  readonly words: readonly string[];
}
interface Draft {
  readonly users: Map<string, User>;
  readonly policies: Map<string, Options>;
}

const EFFECTS: Readonly<Record<string, Effect>> = {
  'CREATE USER IF NOT EXISTS _': ({ users }, { tokens, words }) => {
    if (optionsFrom(tokens, 6).get('TYPE') !== 'SERVICE') throw new Error('a user with a password');
    users.set(words[5] ?? '', { identities: new Map(), roles: [] });
  },
  'ALTER USER _ ADD WORKLOAD IDENTITY _': (account, { tokens, words }) => {
    const { identities } = userOf(account, words[2]);
    const [name = ''] = words.slice(6);
    if (identities.has(name)) throw new Error(`identity ${name} twice`);
    identities.set(name, optionsFrom(tokens, 7));
  },
  'GRANT ROLE _ TO USER _': (account, { words }) => {
    userOf(account, words[5]).roles.push(words[2] ?? '');
  },
  'CREATE AUTHENTICATION POLICY IF NOT EXISTS _': ({ policies }, { tokens, words }) => {
    policies.set(words[6] ?? '', optionsFrom(tokens, 7));
  },
  'ALTER USER _ SET AUTHENTICATION POLICY _': (account, { words }) => {
    userOf(account, words[2]).policy = words[6] ?? '';
  },
};

/** The users and authentication policies that a script makes. Throws for statements that are not known. */
export function snowflakeAccount(script: string): SnowflakeAccount {
  const account: Draft = { users: new Map(), policies: new Map() };
  for (const tokens of statements(script)) {
    const words = tokens.map(({ text }) => text);
    const starts = (pattern: string) =>
      pattern.split(' ').every((word, at) => word === '_' || words[at] === word);
    const [, effect] = Object.entries(EFFECTS).find(([pattern]) => starts(pattern)) ?? [];
    if (effect === undefined) throw new Error(`statement ${words.join(' ')}`);
    effect(account, { tokens, words });
  }
  return account;
}

function userOf({ users }: Draft, name = ''): User {
  const user = users.get(name);
  if (user === undefined) throw new Error(`no user ${name}`);
  return user;
}

/**
 * Whether a login as the user succeeds. Sources: Snowflake, CREATE USER and ALTER USER ... ADD WORKLOAD IDENTITY (one identity must
 * be the caller's: issuer, subject and an audience are equal; `CLAIMS`, each claim is equal), CREATE AUTHENTICATION POLICY
 * (the method, and what WORKLOAD_IDENTITY_POLICY allows). Throws for options that are not known.
 */
export function loginSucceeds({ users, policies }: SnowflakeAccount, name: string, login: Login): boolean {
  const user = users.get(name.toUpperCase());
  if (user === undefined) return false;
  const policy = policies.get(user.policy ?? '');
  if (policy === undefined) throw new Error(`${name} has no authentication policy`);
  known(policy, ['AUTHENTICATION_METHODS', 'WORKLOAD_IDENTITY_POLICY']);
  const methods = list(policy.get('AUTHENTICATION_METHODS'));
  if (login.type === 'OAUTH') return methods.includes('OAUTH');
  const workload = policy.get('WORKLOAD_IDENTITY_POLICY');
  if (!methods.includes('WORKLOAD_IDENTITY') || !(workload instanceof Map)) return false;
  return (
    allows(workload, login) && [...user.identities.values()].some((identity) => isMeant(identity, login))
  );
}

function allows(workload: Options, login: Exclude<Login, { type: 'OAUTH' }>): boolean {
  known(workload, ['ALLOWED_PROVIDERS', 'ALLOWED_OIDC_ISSUERS', 'ALLOWED_AWS_ACCOUNTS']);
  if (!list(workload.get('ALLOWED_PROVIDERS')).includes(login.type)) return false;
  if (login.type === 'AWS')
    return list(workload.get('ALLOWED_AWS_ACCOUNTS')).includes(login.arn.split(':')[4] ?? '');
  return list(workload.get('ALLOWED_OIDC_ISSUERS')).includes(String(login.claims.get('iss')));
}

function isMeant(identity: Options, login: Exclude<Login, { type: 'OAUTH' }>): boolean {
  known(identity, ['TYPE', 'ISSUER', 'SUBJECT', 'OIDC_AUDIENCE_LIST', 'CLAIMS', 'ARN']);
  if (identity.get('TYPE') !== login.type) return false;
  if (login.type === 'AWS') return identity.get('ARN') === login.arn;
  const { claims } = login;
  if (claims.get('iss') !== identity.get('ISSUER') || claims.get('sub') !== identity.get('SUBJECT'))
    return false;
  const aud = claims.get('aud');
  if (typeof aud !== 'string' || !list(identity.get('OIDC_AUDIENCE_LIST')).includes(aud)) return false;
  const further = identity.get('CLAIMS') ?? new Map();
  if (!(further instanceof Map)) throw new Error('claims');
  return [...further].every(([claim, wanted]) => claims.get(claim.toLowerCase()) === wanted);
}

function known(options: Options, keys: readonly string[]): void {
  const unknown = [...options.keys()].filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new Error(`options ${unknown.join(', ')}`);
}

function list(value: SqlValue | undefined): readonly SqlValue[] {
  return Array.isArray(value) ? value : [];
}
