import { describe, expect, it } from 'vitest';
import type { ClaimName } from '../../../src/identity/claims.ts';
import { type Accepted, accepts, readable, TARGETS } from '../../../src/policy/trust/model.ts';

const PREFIX: Accepted = { kind: 'prefix', prefix: 'a@' };
const PATTERN: Accepted = { kind: 'pattern', pattern: 'refs/heads/*' };
const EXCEPT: Accepted = { kind: 'except', values: ['99', 'x'] };

function takes(claim: ClaimName, accepted: Accepted, value: unknown): boolean {
  return accepts([new Map([[claim, accepted]])], new Map([[claim, value]]));
}

describe('a trust', () => {
  it('is written for these targets', () => {
    expect(TARGETS.join(' ')).toBe('aws gcp snowflake databricks azure vault keycloak kong');
  });

  it('takes a token when all clauses of one alternative hold', () => {
    const one = (claim: ClaimName, value: string) => [claim, { kind: 'values', values: [value] }] as const;
    const model = [
      new Map<ClaimName, Accepted>([one('ref', 'a'), one('environment', 'b')]),
      new Map<ClaimName, Accepted>([one('ref', 'c')]),
    ];
    expect(accepts(model, new Map(Object.entries({ ref: 'a', environment: 'b' })))).toBe(true);
    expect(accepts(model, new Map(Object.entries({ ref: 'c' })))).toBe(true);
    expect(accepts(model, new Map(Object.entries({ ref: 'a', environment: 'x' })))).toBe(false);
    expect(accepts(model, new Map(Object.entries({ ref: 'x', environment: 'b' })))).toBe(false);
    expect(accepts(model, new Map(Object.entries({ ref: 'a' })))).toBe(false);
    expect(accepts([], new Map(Object.entries({ ref: 'a' })))).toBe(false);
  });

  it.each<[ClaimName, Accepted, unknown, boolean]>([
    ['ref', { kind: 'values', values: ['1', 'b'] }, 'b', true],
    ['ref', { kind: 'values', values: ['1', 'b'] }, 'c', false],
    ['ref', { kind: 'values', values: ['1', 'b'] }, 1, false],
    ['job_workflow_ref', PREFIX, 'a@refs/heads/main', true],
    ['job_workflow_ref', PREFIX, 'xa@refs/heads/main', false],
    ['job_workflow_ref', PREFIX, 'a@\n', false],
    ['ref', PATTERN, 'refs/heads/a', true],
    ['ref', PATTERN, 'refs/heads/a/b', false],
    ['actor_id', EXCEPT, '98', true],
    ['actor_id', EXCEPT, '99', false],
    ['actor_id', EXCEPT, '098', false],
    ['actor_id', EXCEPT, 98, false],
    ['actor_id', EXCEPT, undefined, false],
    ['actor', EXCEPT, 'a b', true],
    ['actor', EXCEPT, 'x', false],
    ['actor', EXCEPT, 'é', false],
  ])('looks at %s with %j: %j is taken: %s', (claim, accepted, value, taken) => {
    expect(takes(claim, accepted, value)).toBe(taken);
  });

  it.each(['repository_id', 'repository_owner_id', 'actor_id'] as const)('wants digits in %s', (claim) => {
    expect(readable(claim).source).toBe('^[1-9][0-9]*$');
  });

  it('wants printable characters in every other claim', () => {
    expect(readable('environment_node_id').source).toBe('^[ -~]+$');
  });
});
