/**
 * A Snowflake account on loopback: the login of the drivers and the SQL API, which verify whoever comes, in front of
 * fakesnow, which answers queries in a session of its own for each session here.
 *
 * It checks each token as snowflake-trust.ts says, the role against the user's, the life of session and master tokens,
 * and that a closed session stays closed. Times and codes of sessions are those of the drivers' own tests.
 *
 * What it cannot prove: Snowflake's codes for tokens that are not valid in themselves (assumed), grants on objects,
 * network and authentication policies, warehouses, TLS, and result chunks in cloud storage.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { request as forwardTo, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { forFakesnow } from './fakesnow-statements.ts';
import { startLoopback } from './loopback.ts';
import { authenticate, type Presented, Refused, type SnowflakeUser, type Trust } from './snowflake-trust.ts';

/** One login, over a driver or the SQL API, and how it ended. */
export interface SnowflakeLogin {
  readonly at: number;
  readonly via: 'driver' | 'SQL API';
  readonly provider: string;
  readonly role: string;
  readonly secondaryRoles: string;
  readonly queryTag: string;
  readonly token: string;
  /** `ok`, or the code of the refusal. */
  outcome: string;
}

export interface SnowflakeSession {
  readonly id: string;
  readonly user: string;
  readonly role: string;
  /** fakesnow's own token. */
  readonly backend: string;
  token: string;
  master: string;
  expiresAt: number;
  masterExpiresAt: number;
  /** How often its token was renewed. */
  renewals: number;
  closed: boolean;
}

export interface SnowflakeFront {
  readonly url: string;
  /** Every request, oldest first, as `POST /path`. */
  readonly requests: string[];
  readonly logins: SnowflakeLogin[];
  readonly sessions: SnowflakeSession[];
  /** Every session and master token that was issued. */
  readonly issued: string[];
  /** Seconds that session tokens live from now on. */
  setLife(seconds: number): void;
  /** Milliseconds that every query waits from now on, as in a warehouse that is busy. */
  setDelay(milliseconds: number): void;
  /** Answers every login with this instead. */
  refuse(refusal: { code: string; message: string; status?: number } | undefined): void;
  /** Whose tokens are believed from now on. */
  trust(trust: Trust): void;
  close(): Promise<void>;
}

interface Account {
  readonly locator: string;
  /** `ORGANIZATION-NAME` */
  readonly name: string;
}

export const ACCOUNT: Account = { locator: 'XY12345', name: 'ACME-WAREHOUSE' };

export async function startSnowflake(options: {
  readonly trust: Trust;
  /** Where queries go; without it there are only logins. */
  readonly fakesnow?: string;
  readonly account?: Account;
  readonly lifeSeconds?: number;
  readonly masterSeconds?: number;
  /** Told of each token before it is answered. */
  readonly presented?: (secret: string) => Promise<void>;
}): Promise<SnowflakeFront> {
  const { fakesnow, account = ACCOUNT, masterSeconds = 14_400, presented = async () => {} } = options;
  const requests: string[] = [];
  const logins: SnowflakeLogin[] = [];
  const sessions: SnowflakeSession[] = [];
  const issued: string[] = [];
  let { trust, lifeSeconds = 3600 } = options;
  let delay = 0;
  let planned: { code: string; message: string; status?: number } | undefined;

  const newTokens = () => {
    const [token, master] = [randomBytes(48), randomBytes(48)].map(
      (bytes) => `ver:3-hint:${bytes.toString('base64')}`,
    );
    issued.push(String(token), String(master));
    const now = Date.now();
    const times = { expiresAt: now + lifeSeconds * 1000, masterExpiresAt: now + masterSeconds * 1000 };
    return { token: String(token), master: String(master), ...times };
  };

  const logIn = async (login: Presented & Pick<SnowflakeLogin, 'via' | 'secondaryRoles' | 'queryTag'>) => {
    const { via, provider, role, secondaryRoles, queryTag, token } = login;
    const entry = { at: Date.now(), via, provider, role, secondaryRoles, queryTag, token, outcome: 'ok' };
    logins.push(entry);
    if (provider !== 'AWS') await presented(token);
    try {
      if (planned !== undefined) throw new Refused(planned.code, planned.message);
      return await authenticate(trust, login);
    } catch (error) {
      entry.outcome = error instanceof Refused ? error.code : 'failed';
      throw error;
    }
  };

  const driverLogin: Handler = async ({ url, body, json }) => {
    const asked = readLogin(url, json);
    const user = await logIn({ ...asked, via: 'driver' });
    const backend = fakesnow === undefined ? {} : await backendLogin(fakesnow, url, body);
    const session: SnowflakeSession = {
      ...{ id: String(sessions.length + 4_503_599_627), user: user.name, role: asked.role.toUpperCase() },
      ...{ backend: String(backend['token'] ?? ''), renewals: 0, closed: false, ...newTokens() },
    };
    sessions.push(session);
    const validity = { validityInSeconds: lifeSeconds, masterValidityInSeconds: masterSeconds };
    const sessionInfo = { ...Object(backend['sessionInfo']), roleName: session.role };
    const names = { displayUserName: user.name, sessionId: Number(session.id), sessionInfo };
    return success({ ...backend, token: session.token, masterToken: session.master, ...validity, ...names });
  };

  const renew: Handler = async ({ bearer }) => {
    const session = sessions.find(({ master }) => master === bearer);
    if (session === undefined || session.closed) throw new Refused('390113', 'Master token not found.');
    if (Date.now() >= session.masterExpiresAt)
      throw new Refused('390114', 'Authentication token has expired. The user must authenticate again.');
    Object.assign(session, newTokens(), { renewals: session.renewals + 1 });
    const validity = { validityInSecondsST: lifeSeconds, validityInSecondsMT: masterSeconds };
    const tokens = { sessionToken: session.token, masterToken: session.master };
    return success({ ...tokens, ...validity, sessionId: Number(session.id) });
  };

  const open = async (bearer: string): Promise<SnowflakeSession> => {
    const session = sessions.find(({ token }) => token === bearer);
    if (session === undefined && issued.includes(bearer))
      throw new Refused('390112', 'Your session has expired. Please login again.');
    if (session === undefined || session.closed)
      throw new Refused('390104', 'User must login again to access the service.');
    if (Date.now() < session.expiresAt) return session;
    throw new Refused('390112', 'Your session has expired. Please login again.');
  };

  const end: Handler = async ({ bearer }) => {
    const session = await open(bearer);
    session.closed = true;
    if (fakesnow !== undefined) await backendEnd(fakesnow, session.backend);
    return success(null);
  };

  const sqlApi: Handler = async ({ bearer, headers, json }) => {
    const type = headers['x-snowflake-authorization-token-type'];
    const [, provider, federated] = /^WIF\.(OIDC|AWS)\.(.*)$/.exec(bearer) ?? [];
    if (type !== (federated === undefined ? 'OAUTH' : 'WORKLOAD_IDENTITY_FEDERATION'))
      throw new Refused('390303', 'Invalid OAuth access token.');
    const role = String(json['role'] ?? '');
    const user = await logIn({
      ...{ via: 'SQL API', user: '', role, secondaryRoles: '', queryTag: '' },
      provider: federated === undefined ? 'OAUTH' : (provider as 'OIDC' | 'AWS'),
      token: federated ?? bearer,
    });
    const data = [rowFor(String(json['statement'] ?? ''), user, role.toUpperCase(), account)];
    const text = {
      code: '090001',
      message: 'Statement executed successfully.',
      statementHandle: randomUUID(),
    };
    return { status: 200, body: { resultSetMetaData: { numRows: 1 }, data, ...text } };
  };

  const handlerOf = (url: URL): Handler | undefined => {
    if (url.pathname === '/session/v1/login-request') return driverLogin;
    if (url.pathname === '/session/token-request') return renew;
    if (url.pathname === '/api/v2/statements') return sqlApi;
    if (url.pathname === '/session/heartbeat')
      return async ({ bearer }) => success((await open(bearer)) && null);
    return url.pathname === '/session' && url.searchParams.get('delete') === 'true' ? end : undefined;
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const url = new URL(incoming.url ?? '/', 'http://front');
    requests.push(`${incoming.method} ${url.pathname}`);
    const handler = handlerOf(url);
    const bearer = bearerOf(incoming);
    if (handler === undefined) {
      const { backend } = await open(bearer);
      if (fakesnow === undefined) throw new Refused('261000', 'There is no warehouse behind this account.');
      await sleep(delay);
      await forward(fakesnow, backend, incoming, outgoing);
      return;
    }
    const body = await bodyOf(incoming);
    const json = Object(JSON.parse(body || '{}'));
    send(outgoing, await handler({ url, headers: incoming.headers, bearer, body, json }));
  };

  const server = await startLoopback((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      const refused = error instanceof Refused ? error : new Refused('300002', String(error));
      const status = planned?.status ?? statusOf(incoming.url ?? '', refused.code);
      send(outgoing, {
        status,
        body: { data: null, code: refused.code, message: refused.message, success: false },
      });
    });
  });
  return {
    ...{ url: server.url, requests, logins, sessions, issued, close: server.close },
    setLife: (seconds) => {
      lifeSeconds = seconds;
    },
    setDelay: (milliseconds) => {
      delay = milliseconds;
    },
    refuse: (refusal) => {
      planned = refusal;
    },
    trust: (next) => {
      trust = next;
    },
  };
}

interface Call {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly bearer: string;
  readonly body: string;
  readonly json: Readonly<Record<string, unknown>>;
}
interface Reply {
  readonly status: number;
  readonly body: unknown;
}
type Handler = (call: Call) => Promise<Reply>;

const success = (data: unknown): Reply => ({
  status: 200,
  body: { data, code: null, message: null, success: true },
});

/** The endpoints of the drivers answer 200 whatever comes; the SQL API has HTTP's own codes. */
function statusOf(path: string, code: string): number {
  if (!path.startsWith('/api/')) return 200;
  return code === '390189' || code === '002140' ? 422 : 401;
}

function readLogin(url: URL, json: Readonly<Record<string, unknown>>) {
  const data = Object(json['data']);
  const authenticator = data['AUTHENTICATOR'];
  if (authenticator !== 'WORKLOAD_IDENTITY' && authenticator !== 'OAUTH')
    throw new Refused('390100', 'Incorrect username or password was specified.');
  return {
    provider: authenticator === 'OAUTH' ? ('OAUTH' as const) : (data['PROVIDER'] as 'OIDC' | 'AWS'),
    token: String(data['TOKEN'] ?? ''),
    user: String(data['LOGIN_NAME'] ?? ''),
    role: url.searchParams.get('roleName') ?? '',
    secondaryRoles: String(data['SECONDARY_ROLES'] ?? ''),
    queryTag: String(Object(data['SESSION_PARAMETERS'])['QUERY_TAG'] ?? ''),
  };
}

function send(outgoing: ServerResponse, { status, body }: Reply): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function bearerOf({ headers: { authorization = '' } }: IncomingMessage): string {
  return (
    /^Snowflake Token="([^"]*)"$/.exec(authorization)?.[1] ?? /^Bearer (.*)$/.exec(authorization)?.[1] ?? ''
  );
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const bytes = await buffer(incoming);
  return (incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

const FUNCTIONS: Record<string, (user: SnowflakeUser, role: string, account: Account) => string> = {
  'CURRENT_ACCOUNT()': (_user, _role, { locator }) => locator,
  "CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME()": (_user, _role, { name }) => name,
  'CURRENT_USER()': ({ name }) => name,
  'CURRENT_ROLE()': (_user, role) => role,
  'CURRENT_SECONDARY_ROLES()': ({ secondaryRoles, roles }, role) => {
    const others = roles.filter((one) => one !== role).join(',');
    return JSON.stringify(secondaryRoles ? { roles: others, value: 'ALL' } : { roles: '', value: '' });
  },
};

function rowFor(statement: string, user: SnowflakeUser, role: string, account: Account): readonly string[] {
  return statement
    .replace(/^SELECT /, '')
    .split(', ')
    .map((cell) => {
      const value = FUNCTIONS[cell];
      if (value === undefined) throw new Refused('002140', `Unknown function ${cell}`);
      return value(user, role, account);
    });
}

/** fakesnow has no authentication of its own; the token stays out of it. */
async function backendLogin(fakesnow: string, url: URL, body: string): Promise<Record<string, unknown>> {
  const request = JSON.parse(body);
  const response = await fetch(`${fakesnow}${url.pathname}${url.search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, data: { ...request.data, TOKEN: '' } }),
  });
  return Object(Object(await response.json())['data']);
}

async function backendEnd(fakesnow: string, token: string): Promise<void> {
  const headers = { authorization: `Snowflake Token="${token}"` };
  await fetch(`${fakesnow}/session?delete=true`, { method: 'POST', headers, body: '{}' });
}

async function forward(
  fakesnow: string,
  token: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = forFakesnow(await buffer(incoming), incoming.headers['content-encoding']);
  const { host: _host, 'transfer-encoding': _chunked, ...headers } = incoming.headers;
  const request = forwardTo(`${fakesnow}${incoming.url}`, {
    method: incoming.method,
    headers: { ...headers, authorization: `Snowflake Token="${token}"`, 'content-length': body.length },
  });
  request.on('error', () => outgoing.destroy());
  request.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  request.end(body);
}
