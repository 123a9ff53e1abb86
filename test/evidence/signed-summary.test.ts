import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { refusedSummary, signedSummary } from '../../src/evidence/signed-summary.ts';
import { auditedRecord, breakGlassRecord } from '../support/audit-records.ts';
import { trueRecord } from '../support/evidence.ts';
import { deniedRecord } from '../support/records.ts';

const SIGNER = 'https://github.com/octo-sec/workflows/.github/workflows/dbt-sign.yml@refs/tags/v1';
const artifact = { id: '8', url: 'https://github.com/x', digest: `sha256:${'0a'.repeat(32)}` };

describe('the page of a job that signed', () => {
  it('says for which run, by whom, and how to verify it', async () => {
    const predicate = buildPredicate(await trueRecord());
    const page = signedSummary({ predicate, signer: { mode: 'keyless', identity: SIGNER }, artifact });
    expect(page).toContain(
      '| Run | `https://github.com/acme/jaffle-shop/actions/runs/19182736455/attempts/1` |',
    );
    expect(page).toContain('| How the run ended | `succeeded` |');
    expect(page).toContain(`| Signed by | \`${SIGNER}\` |`);
    expect(page).toContain(
      `node dist/cli.js verify FOLDER --trusted-root trusted_root.json --signed-by separate-job --identity ${SIGNER} --issuer https://token.actions.githubusercontent.com`,
    );
  });

  it.each([
    [
      'audited',
      auditedRecord,
      '`DENIED, and let go on by audit mode under rule nightly-main`',
      '`succeeded, in audit mode`',
    ],
    ['break-glass', breakGlassRecord, '`allowed by rule nightly-main, BREAK-GLASS`', '`succeeded`'],
    ['denied', deniedRecord, '`denied`', '`denied`'],
  ])('says what the policy made of it: %s', (_, record, decision, status) => {
    const predicate = buildPredicate(record());
    const page = signedSummary({ predicate, signer: { mode: 'keyless', identity: SIGNER }, artifact });
    expect(page).toContain(`| Decision of the policy | ${decision} |`);
    expect(page).toContain(`| How the run ended | ${status} |`);
    expect(page.includes(' --signed-by separate-job --expect-decision audited --identity')).toBe(
      predicate.audit !== undefined,
    );
  });

  it('with a key: the command for a key, and no artifact where none is stored', async () => {
    const predicate = buildPredicate(await trueRecord());
    const signer = { mode: 'key', identity: 'SHA256:abc' } as const;
    const page = signedSummary({ predicate, signer, artifact: null });
    expect(page).toContain('node dist/cli.js verify FOLDER --key public.pem');
    expect(page).not.toContain('| Artifact |');
  });

  it('what the record says takes no effect on the page or on a command line', async () => {
    const predicate = buildPredicate(await trueRecord({ job_workflow_ref: 'a|`<b>`@x' }));
    const signer = { mode: 'keyless', identity: 'https://github.com/a/b@refs/heads/$(id)' } as const;
    const page = signedSummary({ predicate, signer, artifact });
    expect(page).toContain('| Job that ran dbt | `a∣ˋ<b>ˋ@x` |');
    expect(page).toContain('--identity IDENTITY --issuer ISSUER');
  });
});

describe('the page of a job that did not sign', () => {
  it('says why, what to change, and where it is explained', () => {
    const error = new PassportError('ERR_RECORD_REFUSED', 'the record `x` is not signed', {
      hint: 'Run all.',
    });
    expect(refusedSummary(error)).toBe(`## dbt-passport: evidence NOT signed

**What stopped it:** \`the record 'x' is not signed\`  
**What to change:** \`Run all.\`  
**Error code:** \`ERR_RECORD_REFUSED\`, explained in \`docs/troubleshooting.md#err-record-refused\`
`);
    expect(refusedSummary(new PassportError('ERR_SIGN_FAILED', 'no'))).not.toContain('What to change');
  });
});
