import { describe, expect, it } from 'vitest';
import { driftExit, driftOf } from '../../../src/policy/drift/drift.ts';
import { driftText } from '../../../src/policy/drift/report.ts';
import { load } from '../fixture.ts';
import { COMPARED, deployed, EVERYTHING } from './deployed.ts';

/** The report when what is deployed says another life, in seconds. */
async function withLife(target: 'aws' | 'vault', life: string) {
  const loaded = await load(EVERYTHING);
  const key = { aws: 'MaxSessionDuration', vault: 'token_explicit_max_ttl' }[target];
  const files = deployed(loaded.policy, target).map(({ name, text }) => ({
    name,
    text: text.replace(new RegExp(`("${key}": )\\d+`), `$1${life}`),
  }));
  return driftOf(loaded, target, files, COMPARED[target]);
}

describe('how long a credential may live', () => {
  it.each([
    ['aws', '43200', '43200 s'],
    ['vault', '86400', '86400 s'],
    ['vault', '0', 'without end'],
  ] as const)('is wider on %s with %s', async (target, life, shown) => {
    const report = await withLife(target, life);
    const { result, claims } = report.principals[0] ?? {};
    expect([result, driftExit(report)]).toEqual(['wider', 3]);
    expect(claims).toEqual([
      { claim: 'longest life', policy: expect.stringMatching(/^\d+ s$/), deployed: shown },
    ]);
    expect(driftText(report)).toContain(`deployed: ${shown}`);
  });

  it('may be shorter', async () => {
    expect(driftExit(await withLife('aws', '900'))).toBe(0);
    expect(driftExit(await withLife('vault', '60'))).toBe(0);
  });
});
