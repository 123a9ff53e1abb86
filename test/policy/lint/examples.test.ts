import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lint } from './fixture.ts';

const FOLDER = new URL('../../../examples/policies/', import.meta.url);

describe('examples/policies', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yml')))('%s has no error', async (name) => {
    const problems = await lint(readFileSync(new URL(name, FOLDER)));
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
