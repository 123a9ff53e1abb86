import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CredentialFact } from '../../src/credentials/issued.ts';
import { issuedCount, withFact } from '../../src/credentials/issued-facts.ts';

const fact = (route: string, requestId: string): CredentialFact => ({
  ...{ provider: 'snowflake', principal: 'DBT', scope: 'the role R', route, requestId },
  ...{ issuedAt: '2026-11-22T08:00:00.000Z', expiresAt: '' },
});
const listOf = (routes: readonly string[], listed: number) =>
  routes.reduce<readonly CredentialFact[]>(
    (facts, route, index) => withFact(facts, fact(route, `${index}`), listed),
    [],
  );

describe('withFact', () => {
  it('lists each issue until the list is full, then keeps the last of each kind and counts the rest', () => {
    const facts = listOf(['login', 'renewal', 'login', 'login', 'login', 'check'], 3);
    expect(facts).toEqual([
      fact('login', '0'),
      fact('renewal', '1'),
      { ...fact('login', '4'), unlisted: 2 },
      fact('check', '5'),
    ]);
  });

  it('stays small in six hours of tokens that live three seconds', () => {
    const issues = Array.from({ length: 14_400 }, () => 'login');
    expect(listOf(issues, 1_000)).toHaveLength(1_000);
    expect(issuedCount(listOf(issues, 1_000))).toBe(14_400);
  });

  it('property: none is lost from the count, the last of each kind is there, the order is that of issue', () => {
    const kinds = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 10 }), (routes, listed) => {
        const facts = listOf(routes, listed);
        expect(issuedCount(facts)).toBe(routes.length);
        expect(facts.length).toBeLessThanOrEqual(listed + 3);
        const ids = facts.map(({ requestId }) => Number(requestId));
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
        for (const kind of new Set(routes)) expect(ids).toContain(routes.lastIndexOf(kind));
      }),
    );
  });
});
