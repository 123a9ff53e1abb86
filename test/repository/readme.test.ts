import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUT_DEFAULTS } from '../../src/inputs.ts';
import { grantedTargets } from '../../src/policy/commands/granted-targets.ts';
import { lintPolicy } from '../../src/policy/lint/lint.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';

const readme = await readFile(join(REPOSITORY_ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '');

describe('README', () => {
  const policy = blocks.find((block) => block.startsWith('version:')) ?? '';
  const loaded = () => loadPolicy(new TextEncoder().encode(policy), 'README.md');

  it('shows a policy of at most 15 lines in which the linter finds nothing', async () => {
    expect((await loaded()).policy.rules).toHaveLength(1);
    expect(
      (
        await lintPolicy(new TextEncoder().encode(policy), 'README.md', {
          now: new Date('2026-11-22T00:00:00Z'),
        })
      ).problems,
    ).toEqual([]);
    expect(policy.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('shows every command on a policy, and render and drift for what this policy hands out', async () => {
    const commands = [...readme.matchAll(/^node dist\/cli\.js policy (\w+) (\w+)/gm)];
    const page = await readFile(join(REPOSITORY_ROOT, 'docs/policy-commands.md'), 'utf8');
    const listed = [...page.matchAll(/^\| \[`(\w+)`\]/gm)].map(([, name]) => name);
    expect(commands.map(([, name]) => name).sort()).toEqual(listed.sort());
    const targets = commands.filter(([, name]) => name === 'render' || name === 'drift');
    expect(targets.map(([, , target]) => target)).toEqual(['snowflake', 'snowflake']);
    expect(grantedTargets((await loaded()).policy)).toEqual(['snowflake']);
  });

  it('shows a workflow whose inputs exist', () => {
    const workflow = parse(blocks.find((block) => block.includes('jobs:')) ?? '');
    const step = workflow.jobs.nightly.steps.find(({ uses = '' }) => uses.startsWith('dbt-passport/'));
    expect(Object.keys(INPUT_DEFAULTS)).toEqual(expect.arrayContaining(Object.keys(step.with)));
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write', actions: 'read' });
  });

  it('names scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8'));
    const named = [...readme.matchAll(/npm (?:run )?(demo|test)\b/g)].map((match) => match[1]);
    expect(named).toEqual(expect.arrayContaining(['demo', 'test']));
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});
