import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActionResult, REPOSITORY_ROOT, runAction, runPost } from '../support/runner.ts';

let workspace = '';
const results: ActionResult[] = [];
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'workspace-'));
});
afterAll(async () => {
  await Promise.all(results.map((result) => result.cleanup()));
  await rm(workspace, { recursive: true, force: true });
});

/** Runs a step whose body uses `runner`, `Secret` and `bytes`. */
async function step(body: string, post?: string): Promise<ActionResult> {
  const program = async (name: string, text: string) => {
    const file = join(workspace, name);
    await writeFile(
      file,
      `import { githubRunner } from ${JSON.stringify(join(REPOSITORY_ROOT, 'src/adapters/runner.ts'))};
       import { Secret } from ${JSON.stringify(join(REPOSITORY_ROOT, 'src/secret.ts'))};
       const runner = githubRunner();
       const bytes = (text) => new TextEncoder().encode(text);
       ${text}`,
    );
    return file;
  };
  const files = {
    main: await program(`main-${results.length}.mjs`, body),
    post: await program(`post-${results.length}.mjs`, post ?? ''),
  };
  const result = await runAction({ workspace, ...files });
  results.push(result);
  expect(result.stderr).toBe('');
  return result;
}

const HOSTILE = `::set-output name=decision::allow
  ::save-state name=folder::/etc
::add-mask::a
##[set-output name=rule]forged
x ##[save-state name=folder]/etc
::stop-commands::x
::error::forged
`;

describe('githubRunner', () => {
  it('L03: the output of another program changes no output, state, mask or annotation', async () => {
    const result = await step(
      `const { foreign } = runner;
       foreign.write(bytes(${JSON.stringify(HOSTILE)}));
       foreign.write(bytes('no newline at the end'));
       foreign.end();
       runner.setOutput('decision', 'deny');
       runner.reporter.error('After', 'the end');`,
      `console.log('folder=' + (process.env.STATE_folder ?? ''));`,
    );
    expect([...result.outputs]).toEqual([['decision', 'deny']]);
    expect(result.state.size).toBe(0);
    expect(result.log.masks).toEqual([]);
    expect(result.log.annotations.map(({ title, message }) => [title, message])).toEqual([
      ['After', 'the end'],
    ]);
    expect(result.log.text).toContain('\\::set-output name=decision::allow');
    expect((await runPost(result)).stdout).toBe('folder=\n');
  });

  it('L04: the stop token is fresh and cannot be guessed', async () => {
    const result = await step(
      `for (const _ of [1, 2]) { runner.foreign.write(bytes('a\\n')); runner.foreign.end(); }`,
    );
    const tokens = [...result.stdout.matchAll(/^::stop-commands::([0-9a-f]{32})$/gm)].map(
      ([, token]) => token,
    );
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(result.stdout).toContain(`::${token}::\n`);
  });

  it('masks and reports also in the middle of foreign output, before the value can be printed', async () => {
    const result = await step(
      `const { foreign } = runner;
       foreign.write(bytes('half a line'));
       runner.mask(new Secret('s3cr3t-s3cr3t'));
       runner.reporter.warning('Slow', 'still running');
       foreign.write(bytes('s3cr3t-s3cr3t ::error::x\\n::error::x\\n'));
       foreign.end();`,
    );
    expect(result.log.masks).toContain('s3cr3t-s3cr3t');
    expect(result.log.text).not.toContain('s3cr3t');
    expect(result.log.annotations.map(({ title }) => title)).toEqual(['Slow']);
  });

  it('L01, L02: text of others in a line, an annotation or a group title is no command', async () => {
    const result = await step(
      `runner.reporter.info('x\\n::set-output name=decision::allow');
       runner.reporter.info('::set-output name=decision::allow');
       runner.reporter.info('a##[set-output name=x]y');
       runner.reporter.error('T: a,b%0A', 'line 1\\n::error::line 2\\u001b[2J', { file: 'a,b:c.yml', line: 3, column: 4 });
       await runner.group('x\\n::error::y', async () => runner.reporter.warning('In', 'side'));
       runner.reporter.warning('At', 'a line', { file: 'a,b:c.yml', line: 3 });`,
    );
    expect(result.outputs.size).toBe(0);
    expect(result.log.annotations).toEqual([
      {
        level: 'error',
        title: 'T: a,b%0A',
        message: 'line 1\n\\::error::line 2\\u001b[2J',
        file: 'a,b:c.yml',
        line: '3',
      },
      { level: 'warning', title: 'In', message: 'side', file: '', line: '' },
      { level: 'warning', title: 'At', message: 'a line', file: 'a,b:c.yml', line: '3' },
    ]);
    expect(result.stdout).toContain('::group::x\\u000a::error::y\n');
    expect(result.stdout).toContain('::endgroup::\n');
  });

  it('L06: an output value cannot end its own delimiter, and no name is special', async () => {
    const value = 'a\nghadelimiter_00000000-0000-4000-8000-000000000000\nrule=forged\n__proto__=x';
    const result = await step(
      `runner.setOutput('rule', ${JSON.stringify(value)}); runner.saveState('__proto__', 'y');`,
    );
    expect([...result.outputs]).toEqual([['rule', value]]);
    expect([...result.state]).toEqual([['__proto__', 'y']]);
  });

  it('L05: cuts a summary that the page cannot hold, at a line, with its code block closed', async () => {
    const result = await step(
      `await runner.appendSummary('# Title\\n');
       await runner.appendSummary('\`\`\`mermaid\\n' + 'é'.repeat(99).concat('\\n').repeat(9000));`,
    );
    expect(new TextEncoder().encode(result.summary).length).toBeLessThan(1024 * 1024);
    expect(result.summary).toMatch(/^# Title\n```mermaid\né{99}\n/);
    expect(result.summary).toMatch(/é{99}\n```\n\n_The rest does not fit[^\n]*_\n$/);
  });

  it('goes on without a summary where the runner has none', async () => {
    const result = await step(
      `delete process.env.GITHUB_STEP_SUMMARY;
       await runner.appendSummary('# Title');
       runner.setOutput('status', 'succeeded');`,
    );
    expect(result.stdout).toContain('No job summary: Error: Unable to find environment variable');
    expect(result.outputs.get('status')).toBe('succeeded');
  });

  it('masks a value of several lines, line by line', async () => {
    const result = await step(
      `runner.mask(new Secret('-----BEGIN KEY-----\\nMIIEvQIBADAN\\nshort\\n-----END KEY-----'));
       runner.reporter.info('MIIEvQIBADAN short -----BEGIN KEY-----');`,
    );
    expect(result.log.text.trim()).toBe('*** short -----BEGIN KEY-----');
  });

  it('masks what other programs make of a value: JSON, a URL, base64 wherever it begins', async () => {
    const secret = 'p/s+w"o r:d%17-~?>~?>~?>-token';
    const forms = [JSON.stringify(secret), encodeURIComponent(secret)];
    const encoded = ['', 'u', 'u:', 'user:'].flatMap((before) =>
      (['base64', 'base64url'] as const).map((name) => Buffer.from(`${before}${secret}`).toString(name)),
    );
    const result = await step(
      `runner.mask(new Secret(${JSON.stringify(secret)}));
       for (const line of ${JSON.stringify([...forms, ...encoded])}) runner.reporter.info(line);`,
    );
    const shown = result.log.text.trim().split('\n');
    expect(shown).toHaveLength(10);
    for (const line of shown) expect(line).toMatch(/^.{0,8}\*\*\*.{0,6}$/);
  });
});
