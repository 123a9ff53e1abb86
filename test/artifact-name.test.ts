import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { artifactName } from '../src/artifact-name.ts';

const owner = { job: 'nightly', runAttempt: '1', checkRunId: '48123456789', nonce: '9f2c01ab' };

describe('artifactName', () => {
  it('joins the prefix and what is the job’s own', () => {
    expect(artifactName('dbt-passport', owner)).toBe('dbt-passport-nightly-1-48123456789-9f2c01ab');
    expect(artifactName('evidence', { ...owner, checkRunId: '' })).toBe('evidence-nightly-1-9f2c01ab');
  });

  it.each([
    ['another leg of the matrix', { checkRunId: '48123456790' }],
    ['a re-run', { runAttempt: '2' }],
    ['another job', { job: 'weekly' }],
    ['another step of the job', { nonce: '9f2c01ac' }],
  ])('differs for %s', (_, change) => {
    expect(artifactName('dbt-passport', { ...owner, ...change })).not.toBe(
      artifactName('dbt-passport', owner),
    );
  });

  it('has only characters that an artifact may have, whatever the job is called', () => {
    const odd = fc.string({ unit: 'binary', maxLength: 100 });
    fc.assert(
      fc.property(odd, odd, odd, (job, runAttempt, checkRunId) => {
        const name = artifactName('dbt-passport', { job, runAttempt, checkRunId, nonce: '9f2c01ab' });
        expect(name).toMatch(/^dbt-passport-[A-Za-z0-9._-]+$/);
        expect(name.length).toBeLessThanOrEqual(255);
      }),
    );
  });
});
