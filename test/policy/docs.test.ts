import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REASON_CODES } from '../../src/policy/decision.ts';
import { knownKeys } from '../../src/policy/known-keys.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { POLICY_REASONS } from '../../src/policy/problem.ts';
import { SMALLEST } from './fixture.ts';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const credentials = readFileSync(new URL('../../docs/credentials.md', import.meta.url), 'utf8');
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
    [['grants', 'x', 's3']],
    [['grants', 'x', 'aws']],
    [['grants', 'x', 'aws', 'allow', '0']],
    [['grants', 'x', 'aws', 'chain']],
    [['grants', 'x', 'oauth']],
    [['deny']],
    [[]],
  ])('names every key at %j', (path) => {
    const keys = knownKeys(path);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(page).toMatch(new RegExp(`[\`.{ ]${key}[\`.:, }]`));
  });
});

describe('docs/credentials.md', () => {
  const blocks = [...credentials.matchAll(/```yaml\n(grants:\n.*?)```/gs)].map(([, text = '']) => text);
  const kindOf = (yaml: string) => parse(yaml).grants.warehouse.kind;

  it('shows a grant for each way to a cloud', () => {
    expect(blocks.map(kindOf)).toEqual(['snowflake', 'bigquery', 'athena', 'databricks']);
  });

  it.each(blocks.map((block) => [kindOf(block), block]))(
    'shows a grant of %s that loads',
    async (_, block) => {
      const policy = SMALLEST.replace(/^grants:\n {2}warehouse:.*\n/m, () => block);
      expect(policy).not.toBe(SMALLEST);
      const { policy: loaded } = await loadPolicy(new TextEncoder().encode(policy), 'x');
      expect(loaded.grants.get('warehouse')?.kind).toBe(kindOf(block));
    },
  );

  it.each(['duckdb', 'snowflake', 'bigquery', 'postgres', 'athena', 'redshift', 'databricks'])(
    'says how dbt-%s was tested',
    (adapter) => {
      expect(credentials).toMatch(new RegExp(`^\\| dbt-${adapter} \\|`, 'm'));
    },
  );

  it('shows the lifetime plan as it is printed', () => {
    const plan = readFileSync(new URL('../credentials/golden/lifetime-plan.txt', import.meta.url), 'utf8');
    const shown = credentials.split('\n').filter((line) => /^ +credentials {2}/.test(line));
    expect(shown).toHaveLength(2);
    for (const line of shown) expect(plan).toContain(line.trim());
  });
});
