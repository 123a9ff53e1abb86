import { describe, expect, it } from 'vitest';
import { asPassportError, PassportError, placeIn } from '../src/errors.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('errors', () => {
  it('know their stage and where they are explained', () => {
    const error = new PassportError('ERR_POLICY_DENIED', 'no');
    expect(error.stage).toBe('authorize');
    expect(error.docs).toBe('docs/troubleshooting.md#err-policy-denied');
  });

  it('anything else that is thrown becomes a defect with its cause, the first of several stays what it is', () => {
    const cause = new TypeError('x is undefined');
    expect(asPassportError(cause)).toMatchObject({ code: 'ERR_INTERNAL', cause });
    expect(asPassportError('text').message).toContain('text');
    const first = new PassportError('ERR_POLICY_DENIED', 'no');
    expect(asPassportError(first)).toBe(first);
    expect(asPassportError(new AggregateError([first, cause]))).toBe(first);
  });
});

describe('the place of an annotation', () => {
  it('a policy of this repository is at its path and line', () => {
    const place = { file: `Octo-Org/shop/.github/dbt-passport.yml@${COMMIT}`, line: 7 };
    expect(placeIn('octo-org/shop', place)).toEqual({ file: '.github/dbt-passport.yml', line: 7 });
  });

  it('a policy of another repository has no place here', () => {
    expect(
      placeIn('octo-org/shop', { file: `octo-org/shop-policies/p.yml@${COMMIT}`, line: 7 }),
    ).toBeUndefined();
    expect(placeIn('octo-org/shop', undefined)).toBeUndefined();
  });

  it('a local file stays as it is', () => {
    expect(placeIn('octo-org/shop', { file: 'policy.yml', line: 7 })).toEqual({
      file: 'policy.yml',
      line: 7,
    });
  });
});
