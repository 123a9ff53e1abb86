import { describe, expect, it } from 'vitest';
import { admitCheckout, admitLocalPackages } from '../../src/checkout/admit.ts';
import type { CheckoutClause } from '../../src/checkout/clause.ts';
import type { Checkout, Compared, UnknownReason } from '../../src/checkout/observed.ts';
import { PassportError } from '../../src/errors.ts';
import { checkoutOf } from '../support/records.ts';

const SHA = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const NONE = { modified: [], missing: [], untracked: [], outside: [] };
const TOKEN: CheckoutClause = { kind: 'token-commit' };
const ANY: CheckoutClause = { kind: 'any' };
const NAMED: CheckoutClause = { kind: 'repositories', names: ['octo-org/models'] };

function refusal(observed: Checkout, clause: CheckoutClause): PassportError | undefined {
  try {
    admitCheckout({ observed, clause }, { commit: SHA, place: { file: 'policy.yml', line: 7 } });
    return undefined;
  } catch (error) {
    if (error instanceof PassportError) return error;
    throw error;
  }
}
const clean = (change: Partial<Compared> = {}) => checkoutOf(SHA, change);
const unknown = (reason: UnknownReason): Checkout => ({
  ...{ kind: 'unknown', reason, why: 'there is no git', head: '', contents: new Map(), localPackages: [] },
});
const elsewhere = (repository: string, change: Partial<Compared> = {}) =>
  clean({ against: { kind: 'other-repository', repository }, commit: OTHER, head: OTHER, ...change });

describe('FF-A16 what a rule lets dbt run', () => {
  it('the commit of the token is let through by every clause', () => {
    for (const clause of [TOKEN, ANY, NAMED]) {
      expect(refusal(clean(), clause)).toBeUndefined();
      expect(refusal(clean({ head: '' }), clause)).toBeUndefined();
      expect(refusal(clean({ against: { kind: 'submodule', path: 'dbt' } }), clause)).toBeUndefined();
    }
  });

  it.each([
    [
      'a changed file',
      clean({ differences: { ...NONE, modified: ['models/a.sql'] } }),
      'FILES',
      'models/a.sql',
    ],
    [
      'a missing file',
      clean({ differences: { ...NONE, missing: ['models/b.sql'] } }),
      'FILES',
      'models/b.sql',
    ],
    ['a new file', clean({ differences: { ...NONE, untracked: ['macros/x.sql'] } }), 'FILES', 'macros/x.sql'],
    ['a file outside', clean({ differences: { ...NONE, outside: ['/x/y.sql'] } }), 'FILES', '/x/y.sql'],
    ['another HEAD', clean({ head: OTHER }), 'OTHER_COMMIT', OTHER.slice(0, 12)],
    [
      'another commit of the repository',
      clean({ against: { kind: 'other-commit' }, commit: OTHER, head: OTHER }),
      'OTHER_COMMIT',
      OTHER.slice(0, 12),
    ],
    ['another repository', elsewhere('octo-org/other'), 'OTHER_REPOSITORY', 'octo-org/other'],
  ])('%s is refused, named, and let through by any', (_, observed, reason, named) => {
    const error = refusal(observed, TOKEN);
    expect(error).toMatchObject({
      code: 'ERR_CHECKOUT_DIFFERS',
      reason,
      place: { file: 'policy.yml', line: 7 },
    });
    expect(error?.message).toContain(named);
    expect(error?.message).toContain(SHA.slice(0, 12));
    expect(error?.hint).toContain('checkout: any');
    expect(refusal(observed, NAMED)).toMatchObject({ code: 'ERR_CHECKOUT_DIFFERS' });
    expect(refusal(observed, ANY)).toBeUndefined();
  });

  it.each([
    'NO_REPOSITORY',
    'NO_GIT',
    'NO_HEAD',
    'OBJECT_MISSING',
    'OBJECT_BROKEN',
    'PATHS',
    'UNREADABLE',
  ] as const)('not known (%s) is refused with what to change, and let through by any', (reason) => {
    const error = refusal(unknown(reason), TOKEN);
    expect(error).toMatchObject({ code: 'ERR_CHECKOUT_UNKNOWN', reason });
    expect(error?.message).toContain('there is no git');
    expect(error?.hint?.length).toBeGreaterThan(80);
    expect(refusal(unknown(reason), NAMED)).toMatchObject({ code: 'ERR_CHECKOUT_UNKNOWN' });
    expect(refusal(unknown(reason), ANY)).toBeUndefined();
  });

  it('another repository is let through by its name alone, whatever its letters, and only unchanged', () => {
    expect(refusal(elsewhere('Octo-Org/Models'), NAMED)).toBeUndefined();
    for (const name of ['octo-org/models2', 'evil.example/octo-org/models', ''])
      expect(refusal(elsewhere(name), NAMED)).toMatchObject({ reason: 'OTHER_REPOSITORY' });
    const changed = elsewhere('octo-org/models', { differences: { ...NONE, modified: ['a.sql'] } });
    expect(refusal(changed, NAMED)).toMatchObject({ reason: 'OTHER_REPOSITORY' });
    // The remote of another commit of the own repository is no other repository.
    expect(refusal(clean({ against: { kind: 'other-commit' } }), NAMED)).toMatchObject({
      reason: 'OTHER_COMMIT',
    });
  });

  it('packages that another step installed: says how this step installs them', () => {
    const differences = { ...NONE, untracked: ['dbt_packages/dbt_utils/macros/a.sql'] };
    expect(refusal(clean({ differences }), TOKEN)?.hint).toContain('`deps` as the first line of `command`');
  });

  it('a long list is counted and cut', () => {
    const untracked = Array.from({ length: 30 }, (_, at) => `models/m${at}.sql`);
    const error = refusal(clean({ differences: { ...NONE, untracked } }), TOKEN);
    expect(error?.message).toContain('30 files not in the commit');
    expect(error?.message).toContain('and 25 more');
  });
});

describe('FF-A16 local packages that deps installed', () => {
  const admitted = (installed: readonly string[], clause: CheckoutClause) => () =>
    admitLocalPackages(
      installed,
      { observed: { ...clean(), localPackages: ['../common', 'vendor/a'] }, clause },
      { file: 'policy.yml', line: 7 },
    );

  it('are let through when their folders were compared, however they are written', () => {
    expect(admitted(['../common/', './vendor//a'], TOKEN)).not.toThrow();
    expect(admitted([], NAMED)).not.toThrow();
  });

  it.each([TOKEN, NAMED])('are refused by name when they were not: $kind', (clause) => {
    expect(admitted(['vendor/a', 'vendor/evil'], clause)).toThrow(
      expect.objectContaining({
        code: 'ERR_CHECKOUT_DIFFERS',
        reason: 'LOCAL_PACKAGE',
        message: expect.stringMatching(/installed vendor\/evil, which/),
        place: { file: 'policy.yml', line: 7 },
      }),
    );
  });

  it('are not asked about where any checkout may run', () => {
    expect(admitted(['vendor/evil'], ANY)).not.toThrow();
  });
});
