import { describe, expect, it } from 'vitest';
import { driftExit, driftOf } from '../../../src/policy/drift/drift.ts';
import { driftText } from '../../../src/policy/drift/report.ts';
import { load } from '../fixture.ts';
import { COMPARED, type Compared, deployed, EVERYTHING } from './deployed.ts';

describe('what is rendered and deployed', () => {
  it.each(Object.keys(COMPARED) as Compared[])('is the same on %s', async (target) => {
    const loaded = await load(EVERYTHING);
    const report = driftOf(loaded, target, deployed(loaded.policy, target), COMPARED[target]);
    expect(driftText(report)).not.toContain('not as');
    expect(driftExit(report)).toBe(0);
    expect(report.principals.length).toBeGreaterThan(0);
  });
});
