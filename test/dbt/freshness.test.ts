import { describe, expect, it } from 'vitest';
import { checkRuns } from '../../src/dbt/check-runs.ts';
import {
  ageText,
  freshnessCounts,
  freshnessOf,
  freshnessText,
  withThresholds,
} from '../../src/dbt/freshness.ts';
import { invocationNodes } from '../../src/dbt/outcome.ts';
import { readManifest, readSources } from '../../src/dbt/read-artifacts.ts';
import { sourceLine } from '../../src/dbt/source-line.ts';
import { bytes } from '../support/evidence.ts';
import { FRESHNESS_PLAN, freshnessRun, SOURCES_JSON } from '../support/freshness.ts';

const [PRODUCTS, ORDERS, ITEMS, CUSTOMERS] = ['products', 'orders', 'order_items', 'customers'].map(
  (name) => `source.jaffle_shop.till.${name}`,
) as [string, string, string, string];

describe('what source freshness found', () => {
  it('FF-A2 reads each source with status, age, thresholds and the time it was measured', () => {
    const [orders, products] = readSources(bytes(JSON.stringify(SOURCES_JSON)));
    expect(orders).toEqual({
      uniqueId: ORDERS,
      status: 'error',
      ageSeconds: 259_200,
      maxLoadedAt: '2026-11-27T22:31:55.113493+00:00',
      measuredAt: '2026-11-30T22:31:55.113493+00:00',
      warnAfter: '1 hour',
      errorAfter: '1 day',
      message: '',
    });
    expect(products).toMatchObject({ uniqueId: PRODUCTS, status: 'warn', ageSeconds: 10_800 });
  });

  it.each([
    ['Warn', 'warn'],
    ['Error', 'error'],
    ['Pass', 'pass'],
    ['runtime error', 'not measured'],
    ['a word of tomorrow', 'error'],
  ])('FF-A3 reads the word %j as %s', (word, status) => {
    const rows = readSources(bytes(JSON.stringify({ results: [{ unique_id: ORDERS, status: word }] })));
    expect(rows).toMatchObject([{ status, ageSeconds: null }]);
  });

  it('FF-A3 adds the sources of which sources.json says nothing, with dbt’s message where there is one', () => {
    const rows = freshnessOf(freshnessRun(), FRESHNESS_PLAN);
    expect(rows.map(({ uniqueId, status }) => [uniqueId, status])).toEqual([
      [ORDERS, 'error'],
      [ITEMS, 'not measured'],
      [CUSTOMERS, 'not measured'],
      [PRODUCTS, 'warn'],
    ]);
    expect(rows[1]).toMatchObject({ message: expect.stringContaining('nocolumn'), errorAfter: '1 day' });
    expect(freshnessCounts(rows)).toBe('1 too old, 2 not measured, 1 with a warning');
    expect(invocationNodes(freshnessRun(), { nodes: FRESHNESS_PLAN })).toMatchObject({
      succeeded: [],
      warned: [PRODUCTS],
      failed: [ITEMS, ORDERS],
      missing: [CUSTOMERS],
      unplanned: [],
    });
  });

  it('FF-A3 the failure names the sources, their ages and what dbt said; no word of nodes', () => {
    const plan = {
      commands: [
        {
          command: freshnessRun().invocation.command,
          selection: 'resolved',
          nodes: FRESHNESS_PLAN,
        } as const,
      ],
      hooks: [],
    };
    expect(() => checkRuns([freshnessRun()], plan)).toThrow(
      expect.objectContaining({
        code: 'ERR_DBT_FAILED',
        message: expect.stringMatching(
          /exit code 1: source\.jaffle_shop\.till\.orders is 3 days old \(warn after 1 hour, error after 1 day\); source\.jaffle_shop\.till\.order_items is not measured \(error after 1 day\): Runtime Error.*nocolumn/,
        ),
        hint: expect.stringContaining('list every planned source'),
      }),
    );
    expect(() => checkRuns([{ ...freshnessRun({ exitCode: 0 }), artifacts: null }], plan)).toThrow(
      expect.objectContaining({ code: 'ERR_DBT_RUN_MISMATCH' }),
    );
  });

  it('is planned only for sources with a threshold; one that is not known stays', () => {
    const manifest = readManifest(
      bytes(
        JSON.stringify({
          sources: {
            [ORDERS]: { freshness: { error_after: { count: 2, period: 'day' } } },
            [PRODUCTS]: { config: { freshness: { warn_after: { count: 6, period: 'hour' } } } },
            [ITEMS]: { freshness: { warn_after: { count: null, period: null }, filter: null } },
            [CUSTOMERS]: { freshness: null },
          },
        }),
      ),
    );
    const all = [ORDERS, PRODUCTS, ITEMS, CUSTOMERS, 'source.other.a.b'];
    expect(withThresholds(all, manifest)).toEqual([ORDERS, PRODUCTS, 'source.other.a.b']);
    expect(manifest.nodes.get(PRODUCTS)?.freshness).toEqual({ warnAfter: '6 hours', errorAfter: '' });
  });

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h'],
    [7_500, '2 h 5 min'],
    [86_400, '1 day'],
    [180_000, '2 days 2 h'],
  ])('says %d seconds as %s', (seconds, words) => {
    expect(ageText(seconds)).toBe(words);
  });

  it('says what is not known', () => {
    const [row] = freshnessOf(freshnessRun(), FRESHNESS_PLAN).filter(
      ({ uniqueId }) => uniqueId === CUSTOMERS,
    );
    expect(row && freshnessText(row)).toBe('not measured (warn after 1 hour)');
  });
});

describe('sourceLine', () => {
  const YAML =
    'version: 2\nsources:\n  - name: other\n    tables: [{name: orders}]\n  - name: till\n    tables:\n      - name: products\n      - description: x\n        name: orders\n';

  it('finds the table of the source, and nothing else', () => {
    expect(sourceLine(YAML, ORDERS)).toBe(8);
    expect(sourceLine(YAML, PRODUCTS)).toBe(7);
    expect(sourceLine(YAML, CUSTOMERS)).toBeUndefined();
    for (const odd of [
      '',
      '[1]',
      'sources: 1',
      '{{ jinja }}',
      'sources:\n  - 1\n  - {name: till, tables: x}',
    ])
      expect(sourceLine(odd, ORDERS)).toBeUndefined();
  });
});
