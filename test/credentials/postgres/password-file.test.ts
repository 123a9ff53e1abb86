import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CredentialFact } from '../../../src/credentials/issued.ts';
import { keepPasswordFile, passwordLine } from '../../../src/credentials/postgres/password-file.ts';
import { untilAborted } from '../../../src/credentials/until-aborted.ts';
import type { PostgresGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';

/** Splits at `:` and takes a backslash off the next character, as libpq does. */
function fields(line: string): string[] {
  const found = [''];
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === ':') found.push('');
    else {
      if (line[at] === '\\') at += 1;
      found.push((found.pop() ?? '') + (line[at] ?? ''));
    }
  }
  return found;
}

describe('passwordLine', () => {
  it('property: libpq reads what was written', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ':', '\\', '*', ' ', '#', '%', '?') });
    fc.assert(
      fc.property(text, text, text, text, (host, database, user, password) => {
        const grant = { host, port: 5432, database, user } as PostgresGrant;
        const line = passwordLine(grant, new Secret(password)).reveal();
        expect(line.endsWith('\n')).toBe(true);
        expect(fields(line.slice(0, -1))).toEqual([host, '5432', database, user, password]);
      }),
    );
  });
});

describe('keepPasswordFile', () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  const grant = { host: 'db', port: 5432, database: 'd', user: 'u' } as PostgresGrant;

  /** A lease that gives one password and then fails as `renew` does. */
  async function kept(renew: () => Promise<never>) {
    vi.useFakeTimers();
    const warned: string[] = [];
    let given = false;
    const lease = {
      current: async () => {
        if (given) return await renew();
        given = true;
        return {
          value: new Secret('p'),
          fact: {} as CredentialFact,
          expiresAt: new Date(Date.now() + 4_000),
        };
      },
    };
    const file = await keepPasswordFile(grant, lease, {
      files: { write: async (name) => name },
      timing: { now: () => new Date(), sleep: async () => {}, random: () => 0 },
      warn: (line) => void warned.push(line),
      explain: () => 'AWS refused it. Change the trust.',
    });
    return { file, warned };
  }

  it('says once why no new password comes, with the cause and what to change', async () => {
    const { file, warned } = await kept(() => Promise.reject(new Error('raw words')));
    await vi.advanceTimersByTimeAsync(10_000);
    await file.close();
    expect(warned).toEqual(['No new password for the database: AWS refused it. Change the trust.']);
  });

  it('says nothing of a renewal that the end of the run broke off', async () => {
    const end = new AbortController();
    const { file, warned } = await kept(() => untilAborted(() => new Promise<never>(() => {}), end.signal));
    await vi.advanceTimersByTimeAsync(3_000);
    end.abort(new Error('the run is over'));
    await file.close();
    expect(warned).toEqual([]);
  });
});
