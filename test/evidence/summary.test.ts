import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import { AUDITED_RECORDS, auditedRecord, breakGlassRecord } from '../support/audit-records.ts';
import { ambientRecord, authOnlyRecord, renewedRecord } from '../support/credential-records.ts';
import { HOSTILE_TEXTS, hostileRecord } from '../support/hostile-record.ts';
import {
  artifacts,
  cancelledRecord,
  deniedRecord,
  dryRunRecord,
  failedRecord,
  invocation,
  nodeResult,
  startedRecord,
  succeededRecord,
} from '../support/records.ts';

const ARTIFACT = {
  id: '4711',
  url: 'https://github.com/acme/jaffle-shop/actions/runs/1/artifacts/4711',
  digest: `sha256:${'ab'.repeat(32)}`,
};

describe('renderSummary', () => {
  it('gives no command for what another job must still sign', () => {
    const page = renderSummary(succeededRecord(), ARTIFACT, 'deferred');
    expect(page).toContain('It is **not signed yet**');
    expect(page).not.toContain('cli.js verify');
    expect(page).toContain('Artifact `4711`');
  });

  it('names the policy that was not taken', () => {
    const record = startedRecord();
    record.keep('askedPolicy', { reference: 'acme/policies/dbt.yml@main', demanded: {} });
    expect(renderSummary(record)).toContain('| Policy that was not taken | `acme/policies/dbt.yml@main` |');
    record.keep('policy', succeededRecord().known('policy'));
    expect(renderSummary(record)).not.toContain('not taken');
  });

  it.each([
    ['succeeded', succeededRecord],
    ['denied', deniedRecord],
    ['failed', failedRecord],
    ['cancelled', cancelledRecord],
    ['dry-run', dryRunRecord],
    ['auth-only', authOnlyRecord],
    ['ambient', ambientRecord],
    ['renewed', renewedRecord],
    ['audited', auditedRecord],
    ['break-glass', breakGlassRecord],
  ])('of a %s run looks as it did', async (name, record) => {
    await expect(renderSummary(record(), ARTIFACT)).toMatchFileSnapshot(`golden/summary-${name}.md`);
  });

  it('leaves no text outside code spans that came from a claim, a name or a message', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 60 })),
        (text) => {
          const own = withoutCode(renderSummary(hostileRecord(text)));
          expect(own).not.toMatch(/[<>]|:\/\/|!\[|\]\(|javascript|www\.|@octocat/);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('opens one fence of Mermaid and one of commands whatever the names are', () => {
    for (const text of HOSTILE_TEXTS) {
      const fences = renderSummary(hostileRecord(text))
        .split('\n')
        .filter((line) => /^\s*(```|~~~)/.test(line));
      expect(fences).toEqual(['```mermaid', '```', '```text', '```']);
    }
  });

  it('starts no line with a workflow command or a heading of its data', () => {
    for (const text of HOSTILE_TEXTS) {
      const lines = renderSummary(hostileRecord(text)).split('\n');
      expect(lines.filter((line) => line.startsWith('::'))).toEqual([]);
      expect(lines.filter((line) => line.startsWith('#')).map((line) => line.slice(0, 14))).toEqual([
        '## dbt-passpor',
        '### What ran',
        '### Credential',
        '### Lineage',
        '### Evidence',
      ]);
    }
  });

  it('says in the headline of every run that audit mode let go on that it would have been denied', () => {
    for (const [status, build] of Object.entries(AUDITED_RECORDS)) {
      const [headline = ''] = renderSummary(build()).split('\n');
      if (status === 'denied')
        expect(headline).toMatch(/: Denied, in audit mode too: the command reaches further/);
      else expect(headline).toContain('Would have been denied: audit mode let it go on');
    }
  });

  it('says that facts are unverified when no token was verified', () => {
    const record = startedRecord();
    record.fail(new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'no `id-token: write`', { hint: 'add it' }));
    const summary = renderSummary(record);
    expect(summary).toContain('No identity token was verified');
    expect(summary).toContain("**What stopped it:** `no 'id-token: write'`");
    expect(summary).toContain('No artifact was stored. When the output `evidence-path` is set');
  });

  it('gives each fault of a policy a line of its own', () => {
    const record = startedRecord();
    record.fail(new PassportError('ERR_POLICY_INVALID', 'p.yml:1:1: one\np.yml:2:1: two'));
    expect(renderSummary(record)).toContain('**What stopped it:** `p.yml:1:1: one`  \n`p.yml:2:1: two`');
  });

  it('shows 20 failing nodes, says how many more there are, and stays small', () => {
    const record = succeededRecord();
    const results = Array.from({ length: 3000 }, (_, index) =>
      nodeResult(`model.big.m${index}`, { status: 'failed', raw: 'error', message: 'x'.repeat(2000) }),
    );
    record.keep('runs', [{ invocation: invocation({ exitCode: 1 }), artifacts: artifacts(results) }]);
    const summary = renderSummary(record);
    expect(summary.match(/\| failed \|/g)).toHaveLength(20);
    expect(summary).toContain('2980 more are in report.html');
    expect(new TextEncoder().encode(summary).length).toBeLessThan(60 * 1024);
  });

  it('drops the diagram, and nothing else, when the page would grow too long', () => {
    const record = succeededRecord();
    const long = String.fromCodePoint(0x4e00).repeat(500);
    const results = Array.from({ length: 20 }, (_, index) =>
      nodeResult(`model.${index}.${long}`, { status: 'failed', message: long }),
    );
    record.keep('runs', [{ invocation: invocation({ exitCode: 1 }), artifacts: artifacts(results) }]);
    const summary = renderSummary(record);
    expect(summary).not.toContain('flowchart');
    expect(summary).toContain('report.html in the artifact has the drawing');
    expect(summary).toContain('### Evidence');
  });
});

/** The summary without code spans and fenced blocks; the diagram's own labels are the matter of mermaid.test.ts. */
function withoutCode(summary: string): string {
  return summary.replace(/^```(?:text|mermaid)$[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}
