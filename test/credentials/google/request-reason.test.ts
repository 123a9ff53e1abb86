import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestReason } from '../../../src/credentials/google/request-reason.ts';
import { RUN } from '../aws/desk.ts';

it('names run, repository, environment, actor and trace', () => {
  expect(requestReason(RUN)).toBe(
    `dbt-passport run=1746933707/1 repository=octo-org/jaffle-shop repository_id=456789 environment=production actor=octocat trace=${'0'.repeat(32)}`,
  );
});

it('is a value that a header can carry, whatever the claims hold', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary', maxLength: 600 }),
      (environment, actor) => {
        const reason = requestReason({ ...RUN, environment, actor });
        expect(reason).toMatch(/^[\x20-\x7e]{1,500}$/);
        expect(new Headers({ 'x-goog-request-reason': reason }).get('x-goog-request-reason')).toBe(
          reason.trim(),
        );
      },
    ),
  );
});
