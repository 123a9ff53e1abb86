import { describe, expect, it } from 'vitest';
import { grantsOf, warehouseOf } from '../../src/policy/grant.ts';
import { GRANT, loadedPolicy, RULE } from '../support/records.ts';

const { policy } = loadedPolicy();

describe('the grants of a rule', () => {
  it('are those it names', () => {
    const granted = grantsOf(
      {
        ...policy,
        grants: new Map([
          ['local', GRANT],
          ['other', GRANT],
        ]),
      },
      RULE,
    );
    expect([...granted.keys()]).toEqual(['local']);
    expect(warehouseOf(granted)).toBe(GRANT);
  });

  it('a name that the policy lacks, or no grant at all, is refused', () => {
    expect(() => grantsOf({ ...policy, grants: new Map() }, RULE)).toThrow(/names the grant local/);
    expect(() => warehouseOf(new Map())).toThrow(/no grant/);
  });
});
