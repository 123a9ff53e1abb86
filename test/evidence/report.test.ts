import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import type { Rule } from '../../src/policy/policy.ts';
import { AUDITED_RECORDS, auditedRecord, breakGlassRecord } from '../support/audit-records.ts';
import { authOnlyRecord } from '../support/credential-records.ts';
import { HOSTILE_TEXTS, hostileRecord } from '../support/hostile-record.ts';
import {
  ALLOWED,
  artifacts,
  cancelledRecord,
  DENIED,
  deniedRecord,
  dryRunRecord,
  failedRecord,
  identity,
  invocation,
  loadedPolicy,
  nodeResult,
  PLANNED,
  RULE,
  startedRecord,
  succeededRecord,
} from '../support/records.ts';

const ELEMENTS =
  'html|head|meta|title|style|body|header|main|section|h1|h2|h3|p|dl|div|dt|dd|code|pre|span|time|a|table|caption|thead|tbody|tr|th|td|details|summary|ul|li|strong|svg|desc|defs|marker|path|g|rect|text';
const TAG = new RegExp(`</?(?:${ELEMENTS})(?: [a-zA-Z-]+(?:="[^"<>]*")?)*/?>`, 'g');

function chapters(page: string): string[] {
  return [...page.matchAll(/<h2 [^>]*>([^<]*)</g)].map((match) => match[1] ?? '');
}

function verdict(record: EvidenceRecord): string {
  return /<p class="title">([^<]*)</.exec(renderReport(record))?.[1] ?? '';
}

describe('renderReport', () => {
  it.each([
    ['failed', failedRecord],
    ['audited', auditedRecord],
  ])('of a %s run looks as it did', async (name, record) => {
    await expect(renderReport(record())).toMatchFileSnapshot(`golden/report-${name}.html`);
  });

  it('shows the policy that was asked for, what was demanded of it, and what came', () => {
    const record = startedRecord();
    const asked = { reference: 'acme/policies/dbt.yml@main', demanded: { minSerial: 9 } };
    const words = () =>
      renderReport(record)
        .replace(/<style>[\s\S]*<\/style>/, '')
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ');
    record.keep('askedPolicy', asked);
    expect(words()).toContain(
      'No policy was loaded in this run. Asked for acme/policies/dbt.yml@main Demanded serial at least 9 What came nothing',
    );
    const found = { source: 'acme/policies/dbt.yml@0b0b', sha256: 'ab'.repeat(32) };
    record.keep('askedPolicy', { ...asked, demanded: { sha256: 'cd'.repeat(32), signed: true }, found });
    expect(words()).toContain(
      `Demanded SHA-256 ${'cd'.repeat(32)} Demanded signature by the signer in the workflow What came ${found.source} Its SHA-256 ${found.sha256}`,
    );
  });

  it('never shows a run that audit mode let go on as an allowed one', () => {
    for (const [status, build] of Object.entries(AUDITED_RECORDS)) {
      const page = renderReport(build());
      const said = page.replace(/<style>[\s\S]*<\/style>/, '').replace(/<[^>]+>/g, ' ');
      expect(page).toContain('<div class="verdict bad">');
      expect(said).not.toMatch(/rule \S+ (of the policy )?(allows|allowed)/i);
      expect(said).toContain('Policy mode  audit: some of what it denies is recorded as denied, and goes on');
      if (status === 'denied') continue;
      expect(verdict(build())).toMatch(/^Would have been denied: audit mode let it go on, /);
      expect(said).toContain('Audit mode: this run would have been denied.');
      expect(said).toContain('Why it would have been denied');
      expect(said).toContain('The rule that set the limits; it did not allow this run');
      expect(said).toContain('denied: no rule matches; the nearest is nightly-main. Audit mode let it go on');
    }
    expect(renderReport(auditedRecord())).toContain('and audit mode lets dbt use them');
  });

  it('shows break-glass and a review that is due however the run ended', () => {
    const cancelled = () => breakGlassRecord(cancelledRecord);
    const endings = [succeededRecord, failedRecord, dryRunRecord, authOnlyRecord].map((build) =>
      breakGlassRecord(build),
    );
    for (const record of [...endings, cancelled()]) {
      const page = renderReport(record);
      expect(page).not.toContain('<div class="verdict good">');
      expect(page).toContain('<code>dana-data</code> (id <code>5550123</code>) used rule');
      expect(page).toContain('<code>INC-4711: the nightly load is broken</code>');
      expect(page).toContain('last reviewed on 2026-06-01; after 2026-11-28 it allows nothing.');
      expect(page).toContain('<dt>Break-glass</dt><dd>until 2026-11-20T08:00:00Z: INC-4711');
      expect(page).toContain('<dt>Rule reviewed</dt><dd>on 2026-06-01; holds for 180 days</dd>');
    }
    expect(endings.map(verdict)).toEqual([
      'Allowed by an emergency rule (break-glass) and succeeded',
      'Allowed by an emergency rule (break-glass), but the run failed',
      'Dry run: allowed by an emergency rule (break-glass) and planned, nothing executed',
      'Authentication only: allowed by an emergency rule (break-glass), dbt was not started',
    ]);
  });

  it('tells its chapters in the order of a reviewer', () => {
    for (const record of [succeededRecord(), deniedRecord(), dryRunRecord(), startedRecord()]) {
      expect(chapters(renderReport(record))).toEqual([
        'Who',
        'What was allowed, and why',
        'What ran',
        'Lineage',
        'Credentials',
        'dbt',
        'How to verify',
        'What this record does not prove',
        'Words',
      ]);
    }
  });

  it('says in words how the run ended', () => {
    const refused = dryRunRecord();
    refused.fail(new PassportError('ERR_DBT_SELECTION_FORBIDDEN', 'outside'));
    const early = startedRecord();
    early.fail(new PassportError('ERR_POLICY_UNAVAILABLE', 'gone'));
    expect(
      [
        succeededRecord(),
        deniedRecord(),
        failedRecord(),
        cancelledRecord(),
        dryRunRecord(),
        authOnlyRecord(),
        refused,
        early,
      ].map(verdict),
    ).toEqual([
      'Allowed and succeeded',
      'Denied',
      'Allowed, but the run failed',
      'Cancelled',
      'Dry run: allowed and planned, nothing executed',
      'Authentication only: allowed, dbt was not started',
      'Denied: the command reaches further than the rule allows',
      'Failed before a decision',
    ]);
  });

  it('shows every clause that failed for a denial, with cause, fix and line of the policy', () => {
    const page = renderReport(deniedRecord());
    expect(page).toContain('<caption>Why it was denied</caption>');
    expect(page).toContain('<code>refs/heads/feature/new-margin</code>');
    expect(page).toContain('or add a rule for staging. Policy: <code>environment</code>, line 14.</td>');
    expect(page).toContain('No credential was issued and no dbt command ran on data.');
  });

  it('shows what stands for the policy, and leaves out what is not known', () => {
    const record = succeededRecord();
    expect(renderReport(record)).not.toMatch(/Policy (serial|ends|signed by)/);
    const loaded = loadedPolicy();
    record.keep('policy', {
      ...loaded,
      policy: { ...loaded.policy, serial: 42, notAfter: '2027-02-01T00:00:00Z' },
      signedBy: 'SHA256:abc',
      branchProtected: true,
    });
    const page = renderReport(record).replace(/<[^>]+>/g, ' ');
    expect(page).toMatch(/Policy serial\s+42\s+Policy ends\s+2027-02-01T00:00:00Z/);
    expect(page).toMatch(/Policy signed by\s+SHA256:abc\s+Policy(&#39;|’|')s branch\s+has rules/);
  });

  it('marks facts as unverified when no token was verified', () => {
    expect(renderReport(startedRecord())).toContain('GitHub did not vouch for it');
    expect(renderReport(succeededRecord())).not.toContain('GitHub did not vouch for it');
  });

  it('does not say that GitHub issued the token of a local issuer', () => {
    const local = startedRecord();
    const { claims, token } = identity();
    local.keep('identity', { claims, token: { ...token, issuer: 'http://127.0.0.1:8080' } });
    expect(renderReport(local)).not.toContain('that GitHub issued for this job');
    expect(renderReport(local)).toContain('GitHub did not vouch for any of this');
    expect(renderReport(succeededRecord())).toContain('that GitHub issued for this job');
  });

  it('names what ran outside the plan and what has no result', () => {
    const record = succeededRecord();
    const results = [...PLANNED.slice(1), 'model.other.stranger'].map((id) => nodeResult(id));
    record.keep('runs', [{ invocation: invocation(), artifacts: artifacts(results) }]);
    const page = renderReport(record);
    expect(page).toContain(`Planned, but without a result: <code>${PLANNED[0]}</code>`);
    expect(page).toContain('Ran, but was not planned: <code>model.other.stranger</code>');
    expect(renderReport(succeededRecord())).toContain(
      'Every planned node has a result, and no other node has one.',
    );
  });

  it('FF-A1 FF-A7 says of a command that executes nothing that nothing ran, and what it compiled', () => {
    const record = succeededRecord();
    const command = { text: 'compile', name: 'compile', args: [] };
    record.keep('plan', { commands: [{ command, selection: 'resolved', nodes: PLANNED }], hooks: [] });
    record.keep('runs', [
      {
        invocation: invocation({ command }),
        artifacts: artifacts(
          PLANNED.map((id) => nodeResult(id)),
          'compile',
        ),
      },
    ]);
    const page = renderReport(record);
    expect(page).toContain('dbt compile executes no node: nothing was built or tested. It compiled 9 nodes.');
    expect(page).toContain('dbt ended with exit code 0 (9 compiled, no node executed).');
    expect(page).not.toMatch(/succeeded\)|tests passed|Every planned node has a result/);
    expect(renderSummary(record)).toContain('| `dbt compile` | 0 | 9 nodes | 9 compiled, no node executed |');
  });

  it('says first what each of several commands did, by its name', () => {
    const record = succeededRecord();
    const [build] = record.facts.runs ?? [];
    const command = { text: 'deps', name: 'deps', args: [] };
    const installed = { packages: [{ name: 'utils' }] };
    const deps = { invocation: invocation({ command, installed }), artifacts: null };
    record.keep('runs', build === undefined ? [] : [deps, build]);
    expect(renderReport(record)).toContain('exit code 0 (deps: 1 package installed; build: 9 succeeded).');
  });

  it('FF-A7 counts a no-op apart, and a skipped test as not run', () => {
    const record = succeededRecord();
    const results = [
      nodeResult('exposure.jaffle_shop.revenue_dashboard', { status: 'no-op', raw: 'no-op' }),
      nodeResult('test.jaffle_shop.accepted_values_orders_status'),
      nodeResult('test.jaffle_shop.relationships_orders_customer_id', { status: 'skipped', raw: 'skipped' }),
    ];
    record.keep('runs', [{ invocation: invocation(), artifacts: artifacts(results) }]);
    const page = renderReport(record);
    expect(page).toContain('1 skipped, 1 succeeded, 1 no-op');
    expect(page).toContain('1 tests passed, 1 did not run');
    expect(page).toContain('dbt had nothing to do for: <code>exposure.jaffle_shop.revenue_dashboard</code>');
  });

  it('puts what failed before what succeeded', () => {
    const page = renderReport(failedRecord());
    expect(page.indexOf('not_null_stg_orders_order_id</span>')).toBeLessThan(
      page.indexOf('country_codes</span>'),
    );
  });

  it('says why there is no credential, and shows one that there was', () => {
    expect(renderReport(succeededRecord())).toContain('None: DuckDB is a local file');
    const record = succeededRecord();
    record.keep('credentials', [
      {
        provider: 'aws',
        principal: 'arn:aws:sts::111122223333:assumed-role/dbt/run',
        scope: 'role dbt',
        route: 'container credentials',
        issuedAt: '2026-11-20T06:00:00Z',
        expiresAt: '2026-11-20T06:15:00Z',
        requestId: 'r-1',
      },
    ]);
    expect(renderReport(record)).toContain('<td>15 min 0 s<div>until <time');
  });

  it('puts the signer into the command only when it is safe there', () => {
    const of = (ref: string) => {
      const record = startedRecord();
      record.keep('identity', identity({ job_workflow_ref: ref }));
      return renderReport(record);
    };
    expect(of('acme/x/.github/workflows/a.yml@refs/heads/main')).toContain(
      '--identity https://github.com/acme/x/.github',
    );
    expect(of('acme/x/.github/workflows/a.yml@refs/heads/$(id)')).toContain(
      '--identity IDENTITY --issuer ISSUER',
    );
  });

  it('links to the run only over https', () => {
    const of = (serverUrl: string) => renderReport(startedRecord({ context: { serverUrl } }));
    expect(of('https://github.com')).toContain(
      '<a href="https://github.com/acme/jaffle-shop/actions/runs/19182736455/attempts/1"',
    );
    expect(of('javascript:alert(1)')).not.toContain('<a ');
    expect(of('https://user@evil.example')).not.toContain('<a ');
  });

  it('has only its own elements whatever text it is given', () => {
    for (const text of HOSTILE_TEXTS) {
      const page = renderReport(hostileRecord(text));
      const rest = page
        .replace('<!doctype html>', '')
        .replace(/<style>[\s\S]*?<\/style>/, '')
        .replace(TAG, '');
      expect(rest.match(/.{0,60}[<>].{0,60}/)).toBeNull();
      expect(page.match(/<style>/g)).toHaveLength(1);
    }
  });

  it('shows a rule in words, whatever limits it has', () => {
    const of = (change: Partial<Rule>) => {
      const record = succeededRecord();
      const loaded = loadedPolicy();
      record.keep('policy', { ...loaded, policy: { ...loaded.policy, rules: [{ ...RULE, ...change }] } });
      return renderReport(record);
    };
    expect(of({ ref: { kind: 'glob', pattern: 'refs/heads/release/*' } })).toContain(
      '<code>refs/heads/release/*</code>',
    );
    expect(of({ ref: { kind: 'one-of', values: ['refs/heads/a', 'refs/heads/b'] } })).toContain(
      'refs/heads/a, refs/heads/b',
    );
    const wide = of({ eventName: [], dbt: { ...RULE.dbt, within: [], never: [], fullRefresh: true } });
    expect(wide).toContain('<dt>Only nodes of</dt><dd>the whole project</dd>');
    expect(wide).toContain('<dt>Never nodes of</dt><dd>no exception</dd>');
    expect(wide).toContain('<dt>Full refresh</dt><dd>allowed</dd>');
  });

  it('says where a failure is, and that no rule is near', () => {
    const record = deniedRecord();
    record.keep('decision', { ...DENIED, nearest: null, reasons: [] });
    expect(renderReport(record)).toContain('denied: no rule is near');
    const broken = startedRecord();
    broken.fail(
      new PassportError('ERR_POLICY_INVALID', 'unknown key', {
        place: { file: 'policy.yml', line: 3, column: 5 },
      }),
    );
    expect(renderReport(broken)).toContain('<code>policy.yml:3:5</code>');
  });

  it('shows the called workflow when it is not the caller', () => {
    const record = startedRecord();
    record.keep(
      'identity',
      identity({ job_workflow_ref: 'acme/gates/.github/workflows/dbt.yml@refs/tags/v1' }),
    );
    expect(renderReport(record)).toContain('<dt>Called workflow</dt><dd><code>acme/gates/');
  });

  it('keeps long tables and long messages short and says what is missing', () => {
    const record = succeededRecord();
    const results = Array.from({ length: 2100 }, (_, index) => nodeResult(`model.big.m${index}`));
    const broken = nodeResult('model.big.bad', { status: 'failed', message: 'line\n'.repeat(60) });
    record.keep('runs', [
      {
        invocation: invocation({ finishedAt: '2026-11-20T08:01:05Z' }),
        artifacts: artifacts([...results, broken]),
      },
    ]);
    const page = renderReport(record);
    expect(page).toContain('100 more rows are in run_results.json');
    expect(page).toContain('(21 more lines)');
    expect(page).toContain('<dd>2 h 1 min</dd>');
  });

  it('survives a record that knows only its decision', () => {
    const record = startedRecord();
    record.keep('policy', loadedPolicy());
    record.keep('decision', { ...ALLOWED, rule: 'no-longer-there' });
    expect(renderReport(record)).toContain('allowed: exactly one rule matches');
  });
});
