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
