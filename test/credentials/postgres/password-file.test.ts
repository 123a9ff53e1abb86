import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordLine } from '../../../src/credentials/postgres/password-file.ts';
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
