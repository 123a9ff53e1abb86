import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimName } from '../../src/identity/claims.ts';
import { decide } from '../../src/policy/decide.ts';
import { TIMES } from '../support/long-runs.ts';
import { codes, FULL, identity, load, NOW } from './fixture.ts';

const loaded = await load(FULL);
const allowed = identity();
const CASELESS: readonly string[] = ['repository', 'environment'];

/** Every claim that the policy of the fixture looks at. */
const REQUIRED = [
  'iss',
  'aud',
  'sub',
  'repository',
  'repository_id',
  'repository_owner_id',
  'repository_visibility',
  'environment',
  'environment_node_id',
  'ref',
  'ref_type',
  'ref_protected',
  'event_name',
  'runner_environment',
  'job_workflow_sha',
  'actor_id',
] as const satisfies readonly ClaimName[];

function decideWith(claim: ClaimName, value: unknown) {
  const claims = new Map(allowed.claims);
  if (value === undefined) claims.delete(claim);
  else claims.set(claim, value);
  return decide(loaded, { ...allowed, claims }, {}, NOW);
}

/** The right text with one edit: a character added, removed or replaced anywhere. */
function edited(text: string): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
    fc.constantFrom('\n', ' ', '/', '*'),
  );
  return fc
    .tuple(fc.nat({ max: text.length }), fc.constantFrom(0, 1), fc.oneof(fc.constant(''), character))
    .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
}

describe('decide', () => {
  it('no change of one required claim keeps the permission', () => {
    const change = fc.constantFrom(...REQUIRED).chain((claim) => {
      const right = String(allowed.claims.get(claim));
      const values = fc.oneof(fc.constant(undefined), fc.anything(), fc.constant([right]), edited(right));
      return values.map((value) => ({ claim, value, right }));
    });
    fc.assert(
      fc.property(change, ({ claim, value, right }) => {
        const caseless = CASELESS.includes(claim) && typeof value === 'string';
        fc.pre(value !== right && !(caseless && value.toLowerCase() === right));
        const decision = decideWith(claim, value);
        expect([claim, value, decision.allow]).toEqual([claim, value, false]);
        expect(decision.reasons.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 * TIMES },
    );
  });

  it('each claim that the policy names denies alone when it is another plain text', () => {
    for (const claim of [...REQUIRED, 'job_workflow_ref'] as const) {
      const decision = decideWith(claim, '7');
      expect([claim, decision.allow]).toEqual([claim, false]);
      expect(decision.reasons.map((reason) => reason.claim)).toContain(claim);
    }
  });

  it('claims that the policy does not name have no part in the decision', () => {
    const free = ['jti', 'workflow', 'workflow_ref', 'head_ref', 'base_ref', 'actor'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...free), fc.anything(), (claim, value) => {
        expect(decideWith(claim, value).allow).toBe(true);
      }),
    );
  });

  it('a further rule never turns a permission into another one', async () => {
    const rule = FULL.slice(FULL.indexOf('  - id: prod'));
    const words: readonly (readonly [string, readonly string[]])[] = [
      [
        'environment: { name: prod, node_id: EN_kwDOAbCdEf4AAAAB }',
        ['environment: prod', 'environment: dev'],
      ],
      ['ref: refs/heads/main', ['ref: refs/heads/main', 'ref: { glob: refs/heads/m* }', 'ref: refs/heads/x']],
      ['event_name: push', ['event_name: push', 'event_name: schedule']],
    ];
    const choice = fc.tuple(
      ...words.map(([from, to]) => fc.constantFrom(...to).map((text) => [from, text] as const)),
    );
    await fc.assert(
      fc.asyncProperty(choice, async (changes) => {
        const other = changes.reduce(
          (text, [from, to]) => text.replace(from, to),
          rule.replace('id: prod', 'id: other'),
        );
        const decision = decide(await load(`${FULL}${other}`), allowed, {}, NOW);
        expect(decision.allow ? decision.rule : codes(decision)).toEqual(
          decision.allow ? 'prod' : ['AMBIGUOUS'],
        );
      }),
      { numRuns: 60 },
    );
  });
});
