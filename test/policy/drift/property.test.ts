import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DriftReport,
  driftExit,
  driftOf,
  type PrincipalDrift,
} from '../../../src/policy/drift/drift.ts';
import type { LoadedPolicy } from '../../../src/policy/policy.ts';
import { placesOf, strayWays } from '../../../src/policy/trust/google-members.ts';
import { accepts } from '../../../src/policy/trust/model.ts';
import { closed } from '../../../src/policy/trust/model-of.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { LONG } from '../../support/long-runs.ts';
import { load } from '../fixture.ts';
import { CHANGES } from './changes.ts';
import { COMPARED, type Compared, deployed, EVERYTHING } from './deployed.ts';
import { policies } from './random-policy.ts';

const RUNS = LONG ? 60 : 5;
const targets = Object.keys(COMPARED) as Compared[];

describe('any policy', () => {
  it.each(targets)('is the same once it is rendered and deployed on %s', async (target) => {
    await fc.assert(
      fc.asyncProperty(policies, async (text) => {
        const loaded = await load(text);
        const files = deployed(loaded.policy, target);
        if (files.length === 0) return;
        const { principals, faults } = driftOf(loaded, target, files, COMPARED[target]);
        expect(faults).toEqual([]);
        expect(principals.filter(({ result }) => result !== 'same')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(targets)('a single change on %s', (target) => {
  it.each(CHANGES[target].map((change) => [change.name, change] as const))(
    '%s',
    async (_, { result, change }) => {
      let changed = 0;
      await fc.assert(
        fc.asyncProperty(fc.oneof(policies, fc.constant(EVERYTHING)), fc.nat(), async (text, pick) => {
          const loaded = await load(text);
          const files = change(deployed(loaded.policy, target), pick);
          if (files === undefined) return;
          changed += 1;
          const report = driftOf(loaded, target, files, COMPARED[target]);
          const drifted = report.principals.filter((each) => each.result !== 'same');
          expect(drifted.map((each) => each.result)).toContain(result);
          expect(driftExit(report)).toBe(3);
          for (const each of drifted) witnessesShow(loaded, target, report, each);
        }),
        {
          numRuns: RUNS,
          examples: [
            [EVERYTHING, 0],
            [EVERYTHING, 3],
          ],
        },
      );
      expect(changed).toBeGreaterThan(0);
    },
  );
});

/** By the evaluator of the shared model, which is not the one that found them. */
function witnessesShow(
  { policy }: LoadedPolicy,
  target: Compared,
  _: DriftReport,
  drift: PrincipalDrift,
): void {
  const all = principalsOf(policy, target, COMPARED[target]);
  const own = all.find(({ name }) => name === drift.principal);
  if (own === undefined || target === 'keycloak') return;
  const ways = [...own.ways, ...strayWays(own, placesOf(target === 'gcp' ? all : []))];
  const model = ways
    .filter(({ checked, checker }) => checker === target && closed(checked, checker))
    .map(({ checked }) => new Map(checked.map(({ claim, ...rest }) => [claim, rest])));
  const aws = target === 'snowflake' && ways.some(({ checker }) => checker === 'aws');
  if (drift.wider) expect(accepts(model, drift.wider)).toBe(false);
  if (drift.narrower && !aws) expect(accepts(model, drift.narrower)).toBe(true);
}
