import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import type { Verdict } from '../../src/evidence/verdict.ts';
import { verdictJson, verdictText } from '../../src/evidence/verdict-text.ts';
import { auditedRecord, breakGlassRecord } from '../support/audit-records.ts';
import { deniedRecord, startedRecord, succeededRecord } from '../support/records.ts';

const GOOD: Verdict = {
  authentic: true,
  matches: true,
  signer: 'https://github.com/acme/secure-dbt/.github/workflows/run.yml@refs/tags/v1',
  checks: [
    { name: 'names', result: 'ok', detail: '7 files' },
    { name: 'signature', result: 'ok', detail: 'by the pinned key' },
    { name: 'certificate-claims', result: 'not-certified', detail: 'not in the certificate: actor' },
  ],
  predicate: buildPredicate(succeededRecord()),
};
const FAILED: Verdict = {
  authentic: false,
  matches: false,
  signer: '',
  checks: [
    { name: 'names', result: 'ok', detail: '7 files' },
    { name: 'subjects', result: 'failed', detail: 'policy.yml was changed after it was signed' },
  ],
  predicate: null,
};

describe('the verdict as text', () => {
  it.each([
    ['as-expected', GOOD],
    ['not-expected', { ...GOOD, matches: false }],
    ['not-authentic', FAILED],
    ['audited', { ...GOOD, predicate: buildPredicate(auditedRecord()) }],
    ['break-glass', { ...GOOD, predicate: buildPredicate(breakGlassRecord()) }],
  ])('%s', async (name, verdict) => {
    const shown = verdictText(verdict);
    await expect(shown).toMatchFileSnapshot(`golden/verdict-${name}.txt`);
    expect(shown).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('names the policy that was not taken', () => {
    const record = startedRecord();
    expect(verdictText({ ...GOOD, predicate: buildPredicate(record) })).toMatch(/^ {2}policy +none$/m);
    record.keep('askedPolicy', { reference: 'acme/policies/dbt.yml@main', demanded: {} });
    const shown = verdictText({ ...GOOD, predicate: buildPredicate(record) });
    expect(shown).toMatch(/^ {2}policy +none: acme\/policies\/dbt\.yml@main was not taken$/m);
  });

  it('neutralises what the record says', () => {
    const predicate = buildPredicate(succeededRecord());
    const run = { ...predicate.run, actor: 'x\n::set-env name=A::b\u001b[2J\u202e' };
    const shown = verdictText({ ...GOOD, predicate: { ...predicate, run } });
    expect(shown).not.toMatch(/^::/m);
    expect(shown).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe('the verdict as JSON', () => {
  it.each([
    [GOOD, 0],
    [{ ...GOOD, matches: false }, 3],
    [FAILED, 1],
  ])('has the exit code and every check', (verdict, exitCode) => {
    expect(JSON.parse(verdictJson(verdict))).toMatchObject({ exitCode, checks: verdict.checks });
  });

  it.each([
    ['audited', auditedRecord],
    ['break-glass', breakGlassRecord],
    ['allowed', succeededRecord],
    ['denied', deniedRecord],
    ['none', startedRecord],
  ])('names what the policy made of the run: %s', (decision, record) => {
    expect(JSON.parse(verdictJson({ ...GOOD, predicate: buildPredicate(record()) }))).toMatchObject({
      decision,
    });
  });

  it('names no decision of what is not authentic', () => {
    expect(JSON.parse(verdictJson(FAILED))).toMatchObject({ decision: null, predicate: null });
  });
});
