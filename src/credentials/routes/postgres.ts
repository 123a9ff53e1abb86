import type { PostgresGrant } from '../../policy/grant-types.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { keepPasswordFile } from '../postgres/password-file.ts';
import { passwordLease } from '../postgres/password-lease.ts';

/**
 * PostgreSQL of RDS or Aurora: dbt connects with a password that is never older than half of its life. It
 * counts at the login only, so that a query may run longer.
 */
export async function openPostgres(grant: PostgresGrant, desk: Desk): Promise<OpenRoute> {
  const lease = await passwordLease(grant, desk);
  const file = await keepPasswordFile(grant, lease, desk);
  const { fact, expiresAt } = await lease.current();
  return {
    variables: new Map([
      ['PGPASSFILE', file.path],
      ...NEUTRAL.map((name) => [name, ''] as const),
      // A service would be looked for in these files.
      ['PGSERVICEFILE', '/dev/null'],
      ['PGSYSCONFDIR', '/dev/null'],
    ]),
    lifetimes: [
      {
        credential: 'database password',
        seconds: Math.round((expiresAt.getTime() - Date.parse(fact.issuedAt)) / 1000),
        renewal: 'rewritten in the password file at half of its life',
      },
    ],
    close: file.close,
  };
}

/** What libpq would take instead of the file or the profile; empty counts as not set. Source: libpq, Environment Variables. */
const NEUTRAL = ['PGPASSWORD', 'PGHOSTADDR', 'PGOPTIONS'];
