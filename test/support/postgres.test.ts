import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rdsPassword } from '../../src/adapters/rds-password.ts';
import { Secret } from '../../src/secret.ts';
import type { StsSession } from './aws-sts.ts';
import { type PostgresFront, startPostgres } from './postgres.ts';
import { describeWith, toolPath } from './tools.ts';

const REGION = 'eu-west-1';
const ROLE = 'arn:aws:iam::111122223333:role/dbt';
const user = (name: string, roleArn = ROLE) => ({
  arn: `arn:aws:rds-db:${REGION}:111122223333:dbuser:db-X/${name}`,
  roleArn,
});
const SESSION: StsSession = {
  ...{ accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'session/token==' },
  ...{ arn: 'arn:aws:sts::111122223333:assumed-role/dbt/run', roleArn: ROLE, tags: {} },
  expiresAt: Number.POSITIVE_INFINITY,
};

describeWith(['postgres'], 'PostgreSQL behind the login of RDS', () => {
  let front: PostgresFront;
  let sessions: StsSession[];

  beforeAll(async () => {
    const users = { reader: user('reader'), other: user('other', `${ROLE}-other`) };
    front = await startPostgres({ region: REGION, users, sessions: () => sessions, lifeSeconds: 60 });
    await front.cluster.sql('postgres', 'create role reader login; create role other login');
    await front.cluster.sql('postgres', 'create table secret_things ()');
  });
  afterAll(() => front?.close());
  beforeEach(() => {
    sessions = [SESSION];
    front.requests.length = 0;
  });

  interface Signing {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly region?: string;
    readonly secret?: string;
    readonly token?: string;
    readonly at?: Date;
  }
  const passwordFor = async ({ secret, token, at, ...change }: Signing) => {
    const request = { host: front.host, port: front.port, user: 'reader', region: REGION, ...change };
    const keys = {
      accessKeyId: SESSION.accessKeyId,
      secretAccessKey: new Secret(secret ?? SESSION.secretAccessKey),
      sessionToken: new Secret(token ?? SESSION.sessionToken),
    };
    return (await rdsPassword(request, keys, at)).reveal();
  };
  const query = async (password: string, options: { user?: string; sslMode?: string; sql?: string } = {}) => {
    const env = {
      ...{ PGPASSWORD: password, PGSSLMODE: options.sslMode ?? 'verify-full' },
      ...{ PGSSLROOTCERT: front.rootCertificate, PGDATABASE: 'postgres' },
      ...{ PGHOST: front.host, PGPORT: String(front.port), PGUSER: options.user ?? 'reader' },
    };
    const words = ['-X', '-A', '-t', '-w', '-c', options.sql ?? 'select current_user'];
    return await promisify(execFile)(join(toolPath('postgres'), 'psql'), words, { env });
  };

  it('lets the user of a right password in, as that user', async () => {
    const { stdout } = await query(await passwordFor({}));
    expect(stdout).toBe('reader\n');
    expect(front.requests).toMatchObject([{ user: 'reader', database: 'postgres', outcome: 'accepted' }]);
    expect(front.cluster.log()).toMatch(/^reader psql LOG: .*select current_user/m);
  });

  it('leaves rights to the grants of the server', async () => {
    await expect(query(await passwordFor({}), { sql: 'select * from secret_things' })).rejects.toThrow(
      'permission denied for table secret_things',
    );
  });

  it.each<[string, Signing, RegExp]>([
    ['another host', { host: 'elsewhere' }, /^signed for elsewhere:/],
    ['another port', { port: 1 }, /^signed for localhost:1$/],
    ['another user', { user: 'postgres' }, /^signed for user postgres$/],
    ['another region', { region: 'us-east-1' }, /^scope /],
    ['another secret', { secret: 'guessed' }, /^signature$/],
    ['another session token', { token: 'another' }, /^unknown key$/],
    ['an old password', { at: new Date(Date.now() - 61_000) }, /^[\d.]+ s old, taken for 60 s$/],
    ['a password of tomorrow', { at: new Date(Date.now() + 86_400_000) }, / s old/],
  ])('refuses %s', async (_, signing, outcome) => {
    await expect(query(await passwordFor(signing))).rejects.toThrow(
      'PAM authentication failed for user "reader"',
    );
    expect(front.requests.map((login) => login.outcome)).toEqual([expect.stringMatching(outcome)]);
  });

  it.each<[string, Partial<StsSession>, RegExp]>([
    ['has expired', { expiresAt: Date.now() - 1 }, /expired$/],
    ['was revoked', { accessKeyId: 'ASIA2' }, /^unknown key$/],
    ['is of another role', { roleArn: `${ROLE}-other` }, /may not connect as reader$/],
    [
      'may do something else only',
      {
        policy:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}',
      },
      /may not connect as reader$/,
    ],
  ])('refuses a session that %s', async (_, change, outcome) => {
    sessions = [{ ...SESSION, ...change }];
    await expect(query(await passwordFor({}))).rejects.toThrow('PAM authentication failed');
    expect(front.requests.map((login) => login.outcome)).toEqual([expect.stringMatching(outcome)]);
  });

  it('refuses a user that another role may be', async () => {
    const password = await passwordFor({ user: 'other' });
    await expect(query(password, { user: 'other' })).rejects.toThrow('PAM authentication failed');
  });

  it.each(['', 'x', 'localhost:5432/?Action=connect'])('refuses the password "%s"', async (password) => {
    await expect(query(password)).rejects.toThrow(/PAM authentication failed|no password supplied/);
  });

  it('refuses a parameter that was changed after signing', async () => {
    const password = (await passwordFor({})).replace('X-Amz-Expires=900', 'X-Amz-Expires=899');
    await expect(query(password)).rejects.toThrow('PAM authentication failed');
    expect(front.requests.map((login) => login.outcome)).toEqual(['signature']);
  });

  it('refuses a connection without TLS, before it asks for a password', async () => {
    await expect(query(await passwordFor({}), { sslMode: 'disable' })).rejects.toThrow('no encryption');
    expect(front.requests).toEqual([]);
  });
});
