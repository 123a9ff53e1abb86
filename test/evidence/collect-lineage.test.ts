import { describe, expect, it } from 'vitest';
import type { CheckoutFact } from '../../src/checkout/told.ts';
import { collectLineage } from '../../src/evidence/collect-lineage.ts';
import { checkoutOf, SHA, succeededRecord } from '../support/records.ts';

function locations(fact: CheckoutFact): readonly unknown[] {
  const record = succeededRecord();
  record.keep('checkout', fact);
  collectLineage(record);
  const events = JSON.parse(JSON.stringify(record.facts.events)) as readonly {
    job: { facets?: Record<string, { url?: string }> };
  }[];
  return events.flatMap(({ job }) => job.facets?.['sourceCodeLocation']?.url ?? []);
}

describe('FF-A16 where the code of a job stands', () => {
  const clause = { kind: 'any' } as const;

  it('is named at the commit that was seen, below the project as the repository has it', () => {
    const found = locations({ observed: checkoutOf(SHA, { project: 'data/shop' }), clause });
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((url) => String(url).includes(SHA))).toBe(true);
    expect(found.some((url) => String(url).includes(`/blob/${SHA}/data/shop/models/`))).toBe(true);
  });

  it.each([
    ['another HEAD', checkoutOf(SHA, { head: 'b'.repeat(40) })],
    [
      'a changed model',
      checkoutOf(SHA, { differences: { modified: ['m.sql'], missing: [], untracked: [], outside: [] } }),
    ],
    ['another repository', checkoutOf(SHA, { against: { kind: 'other-repository', repository: 'o/r' } })],
    [
      'no repository',
      {
        kind: 'unknown',
        reason: 'NO_REPOSITORY',
        why: 'none',
        head: '',
        contents: new Map(),
        localPackages: [],
      } as const,
    ],
  ])('is not named for %s', (_, observed) => expect(locations({ observed, clause })).toEqual([]));
});
