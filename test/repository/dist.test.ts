import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Copy, copyOf } from './copy.ts';

describe('npm run check -- dist', () => {
  let built: Copy;
  let copy: Copy;
  beforeAll(async () => {
    built = copyOf();
    built.plant('src/main.ts', `import { info } from '@actions/core';\ninfo('main');\n`);
    built.plant('src/post.ts', `process.stdout.write('post');\n`);
    built.plant('src/cli.ts', `#!/usr/bin/env node\nimport { parse } from 'yaml';\nparse('a: 1');\n`);
    built.plant('src/adapters/session.py', 'print("session")\n');
    expect((await built.run('.ci/build.ts')).code).toBe(0);
  });
  afterAll(() => built.remove());
  beforeEach(() => {
    copy = built.again();
  });
  afterEach(() => copy.remove());

  const check = () => copy.run('.ci/build.ts', '--check');

  it('passes what was just built, and prints the sizes', async () => {
    const { code, output } = await check();
    expect(code).toBe(0);
    for (const name of ['main.js', 'post.js', 'cli.js'])
      expect(output).toMatch(RegExp(`${name} +\\d+ bytes`));
  });

  it('builds what runs: an ES module that may hold CommonJS, and a command', async () => {
    expect(await copy.run('dist/main.js')).toEqual({ code: 0, output: 'main\n' });
    expect(copy.read('dist/cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(copy.read('dist/session.py')).toBe('print("session")\n');
  });

  it('puts the client of a cloud into a file of its own, loaded when it is needed', async () => {
    const load = `const { STSClient } = await import('@aws-sdk/client-sts'); console.log(typeof STSClient);`;
    copy.plant('src/main.ts', `if (process.argv.length > 2) { ${load} }\n`);
    expect((await copy.run('.ci/build.ts')).code).toBe(0);
    expect(await copy.run('dist/main.js', 'aws')).toEqual({ code: 0, output: 'function\n' });
    expect(copy.read('dist/main.js').length).toBeLessThan(1_000);
    expect(copy.read('dist/LICENSES.txt')).toMatch(/^@aws-sdk\/client-sts 3\./m);
    expect((await check()).code).toBe(0);
    copy.plant('dist/aws-client.js', 'throw new Error();\n');
    expect((await copy.run('dist/main.js')).code).toBe(0);
  });

  it('names every package of the bundles in LICENSES.txt', () => {
    const text = copy.read('dist/LICENSES.txt');
    expect(text).toMatch(/^@actions\/core 3\.\d+\.\d+ \(MIT\)\n\n/);
    expect(text).toContain('Permission is hereby granted');
    expect(text).toMatch(/^yaml 2\.\d+\.\d+ \(ISC\)$/m);
  });

  it.each([
    ['one byte more', 'dist/post.js', 'post.js is not what this source builds'],
    ['a source that was not built', 'src/main.ts', 'main.js is not what this source builds'],
    ['a file that the build does not make', 'dist/extra.js', 'extra.js is not made by the build'],
  ])('stops %s', async (_what, path, message) => {
    copy.plant(path, 'globalThis.changed = 1;\n');
    const { code, output } = await check();
    expect(output).toContain(`dist/${message}`);
    expect(code).toBe(1);
  });

  it.each([
    [
      'signing code',
      'src/cli.ts',
      `export * from '@sigstore/sign';`,
      'cli.js holds the package @sigstore/sign',
    ],
    ['an HTTP client', 'src/cli.ts', `export * from '@actions/github';`, 'cli.js holds the package undici'],
    [
      'the client of a cloud',
      'src/main.ts',
      `export * from '@aws-sdk/client-sts';`,
      'main.js holds the package @aws-sdk/client-sts',
    ],
    [
      'upload code',
      'src/post.ts',
      `export * from '@actions/artifact';`,
      'post.js holds the package @actions/art',
    ],
    ['too many bytes', 'src/post.ts', `export default '${'x'.repeat(600_000)}';`, 'the budget is 600000'],
  ])('stops %s where it does not belong', async (_what, path, text, message) => {
    copy.plant(path, text);
    const { code, output } = await copy.run('.ci/build.ts');
    expect(output).toContain(message);
    expect(code).toBe(1);
  });
});
