import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASON_CODES } from '../../src/policy/decision.ts';
import { knownKeys } from '../../src/policy/known-keys.ts';
import { POLICY_REASONS } from '../../src/policy/problem.ts';
import { SMALLEST } from './fixture.ts';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const golden = readFileSync(new URL('golden/another-branch.txt', import.meta.url), 'utf8');

describe('docs/policy.md', () => {
  it('shows the smallest policy as it is', () => {
    expect(page).toContain(`\`\`\`yaml\n${SMALLEST}\`\`\``);
  });

  it('shows a denial as it is', () => {
    expect(page).toContain(golden.replace('c0'.repeat(20), 'c0c0…'));
  });

  it.each([...REASON_CODES, ...POLICY_REASONS])('names %s', (code) => {
    expect(page).toContain(`\`${code}\``);
  });

  it.each([
    [['rules', '0']],
    [['rules', '0', 'dbt']],
    [['rules', '0', 'ref']],
    [['rules', '0', 'job_workflow']],
    [['repositories', 'x']],
    [['grants', 'x']],
    [['deny']],
    [[]],
  ])('names every key at %j', (path) => {
    const keys = knownKeys(path);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(page).toMatch(new RegExp(`[\`.{ ]${key}[\`.:, }]`));
  });
});
