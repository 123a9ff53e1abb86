import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUT_DEFAULTS } from '../../src/inputs.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';

const readme = await readFile(join(REPOSITORY_ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '');

describe('README', () => {
  it('shows a policy that loads, of at most 15 lines', async () => {
    const policy = blocks.find((block) => block.startsWith('version:')) ?? '';
    const { policy: loaded } = await loadPolicy(new TextEncoder().encode(policy), 'README.md');
    expect(loaded.rules).toHaveLength(1);
    expect(policy.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('shows a workflow whose inputs exist', () => {
    const workflow = parse(blocks.find((block) => block.includes('jobs:')) ?? '');
    const step = workflow.jobs.nightly.steps.find(({ uses = '' }) => uses.startsWith('dbt-passport/'));
    expect(Object.keys(INPUT_DEFAULTS)).toEqual(expect.arrayContaining(Object.keys(step.with)));
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it('names scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8'));
    const named = [...readme.matchAll(/npm (?:run )?(demo|test)\b/g)].map((match) => match[1]);
    expect(named).toEqual(expect.arrayContaining(['demo', 'test']));
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});
