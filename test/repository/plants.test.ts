import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PLANTS, planted } from '../../.ci/plants.ts';

const TOPICS = [
  'results',
  'freshness',
  'code beside nodes',
  'lineage',
  'checkout',
  'people',
  'settings',
  'runner',
];

describe('the planted faults', () => {
  it.each(PLANTS)('$about: $what: has its place in $file and its test', ({ test, ...plant }) => {
    expect(() => planted({ ...plant, test }, readFileSync(plant.file, 'utf8'))).not.toThrow();
    expect(plant.to).not.toBe(plant.from);
    // The cases of the oracle stand in the file beside the test.
    const files = [test.file, test.file.replace('.test.ts', '.ts')].filter((path) => existsSync(path));
    expect(files.map((path) => readFileSync(path, 'utf8')).join('\n')).toContain(test.name);
  });

  it.each(TOPICS)('are at least three about %s', (topic) => {
    expect(PLANTS.filter(({ about }) => about === topic).length).toBeGreaterThanOrEqual(3);
  });
});
