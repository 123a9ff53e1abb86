import { beforeAll, describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { checkRuns } from '../../src/dbt/check-runs.ts';
import { asPassportError } from '../../src/errors.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { freshnessNotes } from '../../src/evidence/source-freshness.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import { progressLines } from '../../src/progress.ts';
import { endOf, events, input, namesOf } from '../lineage/project.ts';
import { bytes, type Files, filesOf, p256Key, sealed, text, trueRecord } from '../support/evidence.ts';
import { FRESHNESS_PLAN, freshnessRun, MANIFEST_JSON, SOURCES_JSON } from '../support/freshness.ts';
import { eventFaults } from '../support/openlineage-schema.ts';

const ORDERS = 'source.jaffle_shop.till.orders';

/** The record of a run whose freshness failed. */
async function failedFreshness(): Promise<EvidenceRecord> {
  const record = await trueRecord();
  const run = freshnessRun();
  const { command } = run.invocation;
  record.keep('plan', { commands: [{ command, selection: 'resolved', nodes: FRESHNESS_PLAN }], hooks: [] });
  record.keep('runs', [run]);
  try {
    checkRuns([run], record.known('plan'));
  } catch (error) {
    record.fail(asPassportError(error));
  }
  return record;
}

let record: EvidenceRecord;
beforeAll(async () => {
  record = await failedFreshness();
});

const words = (page: string) =>
  page
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ');

describe('FF-A2 FF-A3 freshness of sources is shown', () => {
  it('in the report: each source with its age, thresholds and time; no word of nodes that ran', () => {
    const page = words(renderReport(record));
    expect(page).toContain('till.orders too old 3 days 1 hour 1 day 2026-11-30 22:31:55 UTC');
    expect(page).toContain('till.products warning 3 h 1 hour 1 day');
    expect(page).toContain('till.order_items not measured not known none 1 day Runtime Error');
    expect(page).toContain('Referenced column "nocolumn"');
    expect(page).toContain('exit code 1 (1 too old, 2 not measured, 1 with a warning)');
    expect(page).toContain('Planned, but without a result: source.jaffle_shop.till.customers');
    expect(page).not.toMatch(/before any node ran|no results|Every planned node|nothing outside/);
  });

  it('in the summary, with what the hint of the failure promises', () => {
    const summary = renderSummary(record);
    expect(summary).toContain(
      `| \`${ORDERS}\` | too old | 3 days | 1 hour | 1 day | 2026-11-30 22:31:55 UTC |  |`,
    );
    expect(summary).toMatch(
      /order_items` \| not measured \| not known \| none \| 1 day \| {2}\| `Runtime Error.*nocolumn/,
    );
    expect(record.failure?.hint).toContain('The job summary and report.html list every planned source');
  });

  it('says which lines did not run after it', () => {
    const plan = record.known('plan');
    const build = { text: 'build', name: 'build', args: [] };
    record.keep('plan', {
      ...plan,
      commands: [...plan.commands, { command: build, selection: 'deferred', nodes: [], deferred: true }],
    });
    expect(words(renderReport(record))).toContain('Did not run, since the run ended before: dbt build');
    expect(renderSummary(record)).toContain('**Did not run**, since the run ended before: `dbt build`');
    record.keep('plan', plan);
    expect(renderSummary(record)).not.toContain('Did not run');
  });

  it('as annotations at the file of the source, errors first', () => {
    expect(freshnessNotes(record).map(({ level, title, file }) => [level, title, file])).toEqual([
      ['error', 'Source too old', 'models/staging/_sources.yml'],
      ['error', 'Source not measured', 'models/staging/_sources.yml'],
      ['error', 'Source not measured', 'models/staging/_sources.yml'],
      ['warning', 'Source past warn_after', 'models/staging/_sources.yml'],
    ]);
    expect(freshnessNotes(record)[0]?.text).toBe(
      `${ORDERS} is 3 days old (warn after 1 hour, error after 1 day)`,
    );
  });

  it('says how many more there are when there are too many for the page', () => {
    const many = Array.from({ length: 30 }, (_, at) => ({
      ...SOURCES_JSON.results[0],
      uniqueId: `source.jaffle_shop.till.t${at}`,
    }));
    const run = freshnessRun({ unmeasured: {} });
    const [row] = run.artifacts?.sources ?? [];
    const sources = many.map(({ uniqueId }) => ({ ...row, uniqueId }) as NonNullable<typeof row>);
    const full = record.known('runs');
    record.keep('runs', [{ ...run, artifacts: run.artifacts && { ...run.artifacts, sources } }]);
    const notes = freshnessNotes(record);
    expect(notes).toHaveLength(10);
    expect(notes.at(-1)?.text).toMatch(/^25 more sources/);
    expect(renderSummary(record)).toContain('14 more sources are in report.html.');
    record.keep('runs', full);
  });

  it('in the log, a line for each source', () => {
    expect(progressLines('runs', record.known('runs'))).toEqual([
      'dbt          source freshness ended with exit code 1',
      `freshness    too old: ${ORDERS}, 3 days old (warn after 1 hour, error after 1 day)`,
      expect.stringMatching(
        /^freshness {4}not measured: source.*order_items, not measured \(error after 1 day\): Runtime/,
      ),
      expect.stringMatching(/^freshness {4}warning: source.*products, 3 h old/),
    ]);
  });

  it('in the lineage: the command has read the measured sources, with the judgement of dbt', () => {
    const all = openLineageEvents(input(record.known('runs')));
    expect(all.flatMap(eventFaults)).toEqual([]);
    const end = endOf(events(record.known('runs')), 'dbt-run-jaffle_shop');
    expect(end?.eventType).toBe('FAIL');
    expect(namesOf(end?.inputs)).toEqual(['jaffle.raw.raw_orders', 'jaffle.raw.raw_products']);
    expect(end?.inputs.map(({ inputFacets }) => inputFacets)).toMatchObject([
      {
        dataQualityMetrics: { lastUpdated: '2026-11-27T22:31:55.113493+00:00' },
        dataQualityAssertions: {
          assertions: [
            {
              assertion: 'freshness',
              name: ORDERS,
              success: false,
              severity: 'error',
              actual: '259200 seconds',
              expected: '1 day',
            },
          ],
        },
      },
      { dataQualityAssertions: { assertions: [{ success: false, severity: 'warn', expected: '1 hour' }] } },
    ]);
  });
});

describe('FF-A2 FF-A3 freshness in the record', () => {
  const key = p256Key();
  const sign = keySigner(key.secret);
  const folder = 'dbt/1-source-freshness';

  function withFiles(): Files {
    const files = filesOf(record);
    for (const name of files.keys()) if (name.startsWith('dbt/')) files.delete(name);
    files.set(`${folder}/manifest.json`, bytes(JSON.stringify(MANIFEST_JSON)));
    files.set(`${folder}/sources.json`, bytes(JSON.stringify(SOURCES_JSON)));
    return files;
  }

  async function failures(change: (files: Files) => void = () => {}): Promise<readonly string[]> {
    const files = withFiles();
    change(files);
    const verdict = await verifyEvidence(
      await sealed(record, sign, files),
      { kind: 'key', pem: key.publicPem },
      { status: 'failed' },
    );
    return verdict.checks.filter(({ result }) => result === 'failed').map(({ name }) => name);
  }

  it('has each source with what is known of it', () => {
    const [invocation] = buildPredicate(record).dbt?.invocations ?? [];
    expect(invocation).toMatchObject({
      executed: true,
      nodes: { warned: ['source.jaffle_shop.till.products'], missing: ['source.jaffle_shop.till.customers'] },
    });
    expect(invocation?.freshness).toContainEqual({
      source: ORDERS,
      status: 'error',
      ageSeconds: 259_200,
      maxLoadedAt: '2026-11-27T22:31:55.113493+00:00',
      measuredAt: '2026-11-30T22:31:55.113493+00:00',
      warnAfter: '1 hour',
      errorAfter: '1 day',
    });
    expect(invocation?.freshness).toContainEqual({
      source: 'source.jaffle_shop.till.customers',
      status: 'not measured',
      warnAfter: '1 hour',
    });
  });

  it('is what sources.json says, or the record does not verify', async () => {
    const change = (from: string, to: string) => (files: Files) => {
      const name = `${folder}/sources.json`;
      const before = text(files.get(name));
      expect(before).toContain(from);
      files.set(name, bytes(before.replace(from, to)));
    };
    expect(await failures()).toEqual([]);
    expect(await failures(change('"status":"warn"', '"status":"pass"'))).toEqual(['dbt-files']);
    expect(await failures(change('259200', '2592'))).toEqual(['dbt-files']);
    expect(await failures((files) => files.delete(`${folder}/sources.json`))).toEqual(['dbt-files']);
  });
});
