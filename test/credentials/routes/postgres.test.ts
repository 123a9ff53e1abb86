import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import type { Desk, OpenRoute } from '../../../src/credentials/desk.ts';
import type { CredentialFact } from '../../../src/credentials/issued.ts';
import { openPostgres } from '../../../src/credentials/routes/postgres.ts';
import type { PostgresGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';

const ROLE = 'arn:aws:iam::111122223333:role/dbt';
const GRANT: PostgresGrant = {
  ...{ kind: 'postgres', host: 'db.example', port: 5432, database: 'shop', schema: 'dbt', user: 'dbt' },
  ...{ sslMode: 'verify-full', threads: 4 },
  aws: {
    ...{ roleArn: ROLE, region: 'eu-west-1', audience: 'sts.amazonaws.com', durationSeconds: 3600 },
    ...{ allow: [], policyArns: [] },
  },
};

let written: string[];
let facts: CredentialFact[];
let masked: string[];
let warnings: string[];
let route: OpenRoute | undefined;

/** Sessions of this life in seconds; `refuse` gives a fault for a try. */
function desk(
  sessionLife: number,
  refuse: (sessions: number) => CloudFault | undefined = () => undefined,
): Desk {
  let sessions = 0;
  let passwords = 0;
  const unused = () => {
    throw new Error('not needed');
  };
  return {
    idToken: async () => new Secret('id-token'),
    clouds: {
      assumeRoleWithWebIdentity: async ({ sessionName }: { readonly sessionName: string }) => {
        const fault = refuse(sessions);
        if (fault !== undefined) throw fault;
        sessions += 1;
        return {
          keys: {
            accessKeyId: `ASIA${sessions}`,
            secretAccessKey: new Secret(`secret-${sessions}`),
            sessionToken: new Secret(`session-${sessions}`),
          },
          expiresAt: new Date(Date.now() + sessionLife * 1000),
          assumedRoleArn: `arn:aws:sts::111122223333:assumed-role/dbt/${sessionName}`,
          ...{ subject: '', requestId: '' },
        };
      },
      rdsPassword: async ({ host, user }: { host: string; user: string }, keys: { accessKeyId: string }) => {
        passwords += 1;
        return new Secret(`${host}:1/?${user} ${keys.accessKeyId} ${passwords}`);
      },
    } as unknown as Desk['clouds'],
    endpoints: {},
    broker: { serve: unused },
    snowflakeRelay: unused,
    files: {
      write: async (name, content) => {
        written.push(String(content instanceof Secret ? content.reveal() : content));
        return `/private/${name}`;
      },
    },
    run: { repository: 'o/r', runId: '1', runAttempt: '1', environment: 'prod' } as Desk['run'],
    issued: (fact, secrets) => {
      facts.push(fact);
      masked.push(...secrets.map((secret) => secret.reveal()));
    },
    warn: (line) => warnings.push(line),
    timing: { now: () => new Date(), sleep: async () => {}, random: () => 0 },
  };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
const line = (session: number, password: number) =>
  `db.example:5432:shop:dbt:db.example\\:1/?dbt ASIA${session} ${password}\n`;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
  written = [];
  facts = [];
  masked = [];
  warnings = [];
});
afterEach(async () => {
  await route?.close?.();
  vi.useRealTimers();
});

describe('openPostgres', () => {
  it('writes a password that was masked and recorded before, and names the file to libpq', async () => {
    route = await openPostgres(GRANT, desk(3600));
    expect(Object.fromEntries(route.variables)).toEqual({
      ...{ PGPASSFILE: '/private/pgpass', PGPASSWORD: '', PGHOSTADDR: '', PGOPTIONS: '' },
      ...{ PGSERVICEFILE: '/dev/null', PGSYSCONFDIR: '/dev/null' },
    });
    expect(written).toEqual([line(1, 1)]);
    expect(masked).toContain('db.example:1/?dbt ASIA1 1');
    expect(facts.map(({ route: way }) => way)).toEqual([
      'to sign passwords of the database',
      'password file',
    ]);
    expect(facts[1]).toMatchObject({
      ...{ provider: 'aws', scope: 'log in to db.example:5432 as the database user dbt' },
      principal: expect.stringContaining(':assumed-role/dbt/'),
      ...{ issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:15:00.000Z' },
    });
    expect(route.lifetimes).toMatchObject([{ credential: 'database password', seconds: 900 }]);
  });

  it('writes a new password at half of the life of each, with one session as long as it lives', async () => {
    route = await openPostgres(GRANT, desk(3600));
    await seconds(449);
    expect(written).toHaveLength(1);
    await seconds(2);
    expect(written).toEqual([line(1, 1), line(1, 2)]);
    await seconds(6 * 3600);
    // Never longer than half of 15 minutes, so that dbt never reads an old one.
    expect(written.length).toBeGreaterThanOrEqual(48);
    const times = facts
      .filter(({ route: way }) => way === 'password file')
      .map(({ issuedAt }) => Date.parse(issuedAt));
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(452_000);
  });

  it('ends a password with the session that signed it', async () => {
    route = await openPostgres(GRANT, desk(8));
    expect(route.lifetimes).toMatchObject([{ seconds: 8 }]);
    await seconds(60);
    const passwords = facts.filter(({ route: way }) => way === 'password file');
    for (const [at, { issuedAt }] of passwords.slice(1).entries()) {
      expect(Date.parse(issuedAt)).toBeLessThan(Date.parse(passwords[at]?.expiresAt ?? ''));
    }
    expect(passwords.length).toBeGreaterThan(10);
  });

  it('writes nothing after it was closed', async () => {
    route = await openPostgres(GRANT, desk(8));
    await route.close?.();
    await seconds(60);
    expect(written).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the last password when a renewal fails, says so once, and comes back after a passing fault', async () => {
    const fault = (transient: boolean) =>
      new CloudFault({
        ...{ cloud: 'aws', call: 'AssumeRoleWithWebIdentity', text: 'no', requestId: '', transient },
        ...{ status: transient ? 503 : 403, code: transient ? 'Busy' : 'AccessDenied' },
      });
    let down = true;
    route = await openPostgres(
      GRANT,
      desk(8, (sessions) => (sessions === 1 && down ? fault(true) : undefined)),
    );
    await seconds(30);
    expect(written.at(-1)).toContain('ASIA1');
    down = false;
    await seconds(10);
    expect(written.at(-1)).not.toContain('ASIA1');
    const expected =
      /^No new password for the database: .*AssumeRoleWithWebIdentity failed: (Busy|AccessDenied)/;
    expect(warnings).toEqual([expect.stringMatching(expected)]);
    await route.close?.();

    written = [];
    warnings = [];
    route = await openPostgres(
      GRANT,
      desk(8, (sessions) => (sessions === 1 ? fault(false) : undefined)),
    );
    await seconds(30);
    expect(written.every((text) => text.includes('ASIA1'))).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(expected)]);
  });

  it('throws a refusal of the first exchange', async () => {
    const denied = new CloudFault({
      ...{ cloud: 'aws', call: 'AssumeRoleWithWebIdentity', status: 403, code: 'AccessDenied' },
      ...{ text: 'no', transient: false },
    });
    await expect(
      openPostgres(
        GRANT,
        desk(8, () => denied),
      ),
    ).rejects.toBe(denied);
    expect(written).toEqual([]);
  });
});
