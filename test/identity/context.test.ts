import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import type { Claims } from '../../src/identity/claims.ts';
import { checkContext, type JobContext } from '../../src/identity/context.ts';
import { type ClaimOverrides, githubClaims, JOB } from '../support/claims.ts';

function claims(overrides: ClaimOverrides = {}): Claims {
  return new Map(Object.entries(githubClaims(overrides))) as Claims;
}

function mismatch(token: Claims, job: JobContext): PassportError | undefined {
  try {
    checkContext(token, job);
    return undefined;
  } catch (error) {
    if (error instanceof PassportError) return error;
    throw error;
  }
}

describe('checkContext', () => {
  it('accepts the token of this job', () => {
    expect(mismatch(claims(), JOB)).toBeUndefined();
  });

  it('takes the case of the repository name as GitHub does, and no other letters than ASCII', () => {
    expect(mismatch(claims(), { ...JOB, repository: 'Octo-Org/Jaffle-Shop' })).toBeUndefined();
    expect(mismatch(claims({ repository: 'k/x' }), { ...JOB, repository: '\u212a/x' })).toBeDefined();
  });

  it.each(Object.keys(JOB) as (keyof JobContext)[])('refuses another %s', (name) => {
    const error = mismatch(claims(), { ...JOB, [name]: 'other' });
    expect(error).toMatchObject({ code: 'ERR_CONTEXT_MISMATCH', reason: 'CONTEXT_MISMATCH' });
    expect(error?.message.match(/in the job/g)).toHaveLength(1);
  });

  it('lists every claim that differs, made plain', () => {
    const error = mismatch(claims({ run_id: '9\n::error::x', sha: undefined }), JOB);
    expect(error?.message).toBe(
      'the token is not of this job: run_id is "1746933707" in the job and "9\\u000a::error::x" in the token; ' +
        'sha is "4f0b3d2c1e5a69788796a5b4c3d2e1f001122334" in the job and "" in the token',
    );
  });

  it('never takes another type for the same value', () => {
    expect(mismatch(claims({ run_id: 1746933707 }), JOB)?.message).toContain('run_id');
    expect(mismatch(claims({ ref: ['refs/heads/main'] }), JOB)?.message).toContain('ref');
    expect(mismatch(claims({ ref: 7 }), { ...JOB, ref: 'number' })).toBeDefined();
    expect(mismatch(claims({ ref: 7 }), { ...JOB, ref: '' })).toBeDefined();
    expect(mismatch(claims({ ref: null }), { ...JOB, ref: '' })).toBeDefined();
  });

  it('leaves letters beyond ASCII to the policy, which refuses them by name', () => {
    expect(mismatch(claims({ ref: 'refs/heads/été' }), { ...JOB, ref: 'refs/heads/été' })).toBeUndefined();
  });

  it('accepts no ref where the event has none', () => {
    expect(mismatch(claims({ ref: '' }), { ...JOB, ref: '' })).toBeUndefined();
    expect(mismatch(claims({ ref: undefined }), { ...JOB, ref: '' })).toBeUndefined();
    expect(mismatch(claims(), { ...JOB, ref: '' })).toBeDefined();
  });
});
