/** What RDS checks about a password of IAM database authentication. */
import { timingSafeEqual } from 'node:crypto';
import { sessionAllows } from './aws-session-policy.ts';
import { encoded, hmac, sha256 } from './aws-signature.ts';
import type { StsSession } from './aws-sts.ts';

export interface RdsLogin {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** `arn:aws:rds-db:<region>:<account>:dbuser:<resource id>/<user>` of each user that may log in, and the role that may. */
  readonly users: Readonly<Record<string, { readonly arn: string; readonly roleArn: string }>>;
  /** Seconds that a password is taken for, at most 900. */
  readonly lifeSeconds: number;
  readonly sessions: () => readonly StsSession[];
}

/** Why this password does not log this user in; undefined when it does. */
export function loginRefusal(password: string, user: string, login: RdsLogin): string | undefined {
  const { host, port, region } = login;
  const [place, text = ''] = password.split('/?');
  if (place !== `${host}:${port}`) return `signed for ${place}`;
  const query = new URLSearchParams(text);
  const value = (name: string) => query.get(name) ?? '';
  if (value('Action') !== 'connect' || value('DBUser') !== user) return `signed for user ${value('DBUser')}`;
  const credential = value('X-Amz-Credential');
  const [keyId, ...scope] = credential.split('/');
  const time = value('X-Amz-Date');
  if (scope.join('/') !== `${time.slice(0, 8)}/${region}/rds-db/aws4_request`) return `scope ${credential}`;
  const session = login.sessions().find(({ accessKeyId }) => accessKeyId === keyId);
  if (session === undefined || value('X-Amz-Security-Token') !== session.sessionToken) return 'unknown key';
  if (Date.now() >= session.expiresAt) return 'the session of the key has expired';
  return (
    ageRefusal(time, value('X-Amz-Expires'), login) ??
    rightRefusal(session, user, login) ??
    signatureRefusal(query, host, port, session)
  );
}

function ageRefusal(time: string, expires: string, { lifeSeconds }: RdsLogin): string | undefined {
  const at = Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const age = (Date.now() - at) / 1000;
  const life = Math.min(lifeSeconds, Number(expires));
  return Number(expires) <= 900 && age >= -60 && age < life ? undefined : `${age} s old, taken for ${life} s`;
}

/** `rds-db:connect` on the user: of the role, and within its session policy. */
function rightRefusal(session: StsSession, user: string, { users }: RdsLogin): string | undefined {
  const right = users[user];
  const allowed =
    right?.roleArn === session.roleArn &&
    sessionAllows(session.policy, { action: 'rds-db:connect', resource: right.arn });
  return allowed ? undefined : `${session.arn} may not connect as ${user}`;
}

/** AWS Signature Version 4 in the query, with `host` as the only header. */
function signatureRefusal(query: URLSearchParams, host: string, port: number, session: StsSession) {
  const scope = (query.get('X-Amz-Credential') ?? '').split('/').slice(1);
  const signed = [...query].filter(([name]) => name !== 'X-Amz-Signature');
  const pairs = signed.map((pair) => pair.map(encoded).join('=')).sort();
  const canonical = ['GET', '/', pairs.join('&'), `host:${host}:${port}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date'), scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${session.secretAccessKey}`);
  const given = Buffer.from(query.get('X-Amz-Signature') ?? '', 'hex');
  const expected = hmac(key, toSign);
  return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'signature';
}
