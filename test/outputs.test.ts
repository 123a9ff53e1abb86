import { describe, expect, it } from 'vitest';
import type { Status } from '../src/evidence/record.ts';
import { exitCodeOf } from '../src/outputs.ts';

/** For each status, the exit code without an error and with one; dbt ran well, or not at all. */
const CODES: Readonly<Record<Status, readonly [clean: number, failed: number]>> = {
  succeeded: [0, 1],
  'dry-run': [0, 1],
  'auth-only': [0, 1],
  failed: [1, 1],
  denied: [1, 1],
  cancelled: [1, 1],
};

describe('FF-A22 the exit code of the step', () => {
  const statuses = Object.keys(CODES) as Status[];
  const cases = statuses.flatMap((status) =>
    ([null, 0, 1, 2, 130, 137] as const).flatMap((dbtExitCode) =>
      [null, new Error('it failed')].map((error) => {
        const [clean, failed] = CODES[status];
        const expected = dbtExitCode || (error === null ? clean : failed);
        return { status, dbt: dbtExitCode, failure: error !== null, error, expected };
      }),
    ),
  );

  it.each(cases)('$status, dbt $dbt, failure $failure: $expected', ({ status, dbt, error, expected }) => {
    expect(exitCodeOf({ record: { status, dbtExitCode: dbt }, error })).toBe(expected);
  });

  it('is 0 for nothing but a good status without a failure', () => {
    const green = cases.filter(({ expected }) => expected === 0);
    expect([...new Set(green.map(({ status }) => status))]).toEqual(['succeeded', 'dry-run', 'auth-only']);
    expect(green.every(({ failure }) => !failure)).toBe(true);
  });
});
