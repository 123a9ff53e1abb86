import { afterAll, describe, expect, it } from 'vitest';
import { copyOf } from './copy.ts';

const file = (status: string, ...tests: readonly string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

function report(passed: number, failed: number, skipped: number, todo: number, ...files: readonly object[]) {
  const counts = {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: todo,
  };
  return JSON.stringify({ ...counts, testResults: files });
}

describe('the last line of .ci/run', () => {
  const copy = copyOf();
  afterAll(() => copy.remove());

  it.each([
    ['all passed', report(3, 0, 2, 1, file('passed', 'passed')), '3 passed, 0 failed, 3 skipped', 0],
    ['one failed', report(3, 1, 0, 0, file('failed', 'failed')), '3 passed, 1 failed, 0 skipped', 1],
    ['a file that did not load', report(3, 0, 0, 0, file('failed')), '3 passed, 1 failed, 0 skipped', 1],
    ['nothing but skipped tests', report(0, 0, 4, 0), '0 passed, 0 failed, 4 skipped', 1],
    ['half a report', '{"numPassedTests": 3', '0 passed, 0 failed, 0 skipped', 1],
  ])('counts %s', async (_what, text, line, code) => {
    copy.plant('report.json', text);
    const ended = await copy.run('.ci/test-totals.mjs', 'report.json');
    expect(ended.output.split('\n')).toContain(line);
    expect(ended.code).toBe(code);
  });
});

describe('.ci/run', () => {
  const copy = copyOf();
  afterAll(() => copy.remove());
  const stub = `import { writeFileSync } from 'node:fs';
    const path = process.argv.find((word) => word.startsWith('--outputFile.json=')) ?? '';
    writeFileSync(path.slice(path.indexOf('=') + 1), ${JSON.stringify(report(3, 0, 1, 0, file('passed', 'passed')))});`;
  copy.plant('tests.mjs', stub);

  /** The lines of a run whose npm scripts are these, on a machine that has every Debian package. */
  async function run(scripts: Readonly<Record<string, string>>) {
    copy.plant('package.json', JSON.stringify({ type: 'module', scripts }));
    for (const name of ['chromium', 'python3', 'initdb', 'luajit']) copy.plant(`bin/${name}`, '#!/bin/sh\n');
    const start = `for (const name of fs.readdirSync('bin')) fs.chmodSync('bin/' + name, 0o755);
      const env = { ...process.env, PATH: path.resolve('bin') + ':' + process.env.PATH };
      process.exit(child_process.spawnSync('bash', ['.ci/run'], { env, stdio: ['ignore', 1, 1] }).status);`;
    const { code, output } = await copy.run('-e', start);
    return { code, lines: output.trimEnd().split('\n') };
  }
  const scripts = { setup: 'true', check: 'true', test: 'node tests.mjs', demo: 'true' };

  it('tells the time of each step with its budget, then counts the tests', async () => {
    const { code, lines } = await run(scripts);
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(
        /^budget: set-up \d+ of 480 s, static checks \d+ of 180 s, tests \d+ of 1200 s, demo \d+ of 120 s$/,
      ),
      '3 passed, 0 failed, 1 skipped',
    ]);
    expect(code).toBe(0);
  });

  it('goes on when the static checks fail', async () => {
    const { code, lines } = await run({ ...scripts, check: 'false' });
    expect(lines).toContain('failed: static checks');
    expect(lines.at(-1)).toBe('3 passed, 0 failed, 1 skipped');
    expect(code).toBe(1);
  });

  it('ends when set-up fails, with its cause last before the closing lines (FF-C1)', async () => {
    const { code, lines } = await run({ ...scripts, setup: 'echo no space left; exit 1' });
    expect(lines.join('\n')).toMatch(
      /no space left\n== set-up: \d+ s\n\nfailed: set-up\nbudget: set-up \d+ of 480 s\n.*\n0 passed, 0 failed, 0 skipped$/,
    );
    expect(code).toBe(1);
  });
});
