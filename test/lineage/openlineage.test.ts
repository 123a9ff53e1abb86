import { describe, expect, it } from 'vitest';
import { toNdjson } from '../../src/lineage/ndjson.ts';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import { eventFaults, specPresent } from '../support/openlineage-schema.ts';
import * as records from '../support/records.ts';
import { endOf, events, input, namesOf, node, run } from './project.ts';

const ORDERS = 'model.shop.orders';
const result = records.nodeResult;

describe('openLineageEvents', () => {
  it('gives START and an end for the command and for each node, valid by schema', () => {
    const runs = [
      run(
        [node('seed.shop.raw'), node(ORDERS, { dependsOn: ['seed.shop.raw'] })],
        [result('seed.shop.raw'), result(ORDERS)],
      ),
    ];
    const all = events(runs);
    expect(all.map((event) => `${event.eventType} ${event.job.name}`)).toEqual([
      'START dbt-run-jaffle_shop',
      'START seed.shop.raw',
      'COMPLETE seed.shop.raw',
      'START model.shop.orders',
      'COMPLETE model.shop.orders',
      'COMPLETE dbt-run-jaffle_shop',
    ]);
    expect(namesOf(endOf(all, ORDERS)?.inputs)).toEqual(['jaffle.main.raw']);
    expect(endOf(all, ORDERS)?.outputs[0]).toMatchObject({
      namespace: 'duckdb://jaffle.duckdb',
      name: 'jaffle.main.orders',
    });
    expect(openLineageEvents(input(runs)).flatMap(eventFaults)).toEqual([]);
  });

  it.each([
    [records.succeededRecord(), 10],
    [records.failedRecord(), 8],
    [records.cancelledRecord(), 1],
  ])('record %#: every event is valid by schema', (record, runs) => {
    const all = openLineageEvents(input(record.facts.runs ?? []));
    expect(all).toHaveLength(runs * 2);
    expect(all.flatMap(eventFaults)).toEqual([]);
  });

  it('is checked by a schema that sees a missing field and a wrong identity facet', () => {
    const [event] = openLineageEvents(input([run([], [])]));
    expect(eventFaults({ ...event, run: { runId: 'not a uuid' } })).not.toEqual([]);
    const text = JSON.stringify(event).replace(records.TRACE.traceId, 'no trace');
    expect(eventFaults(JSON.parse(text))).not.toEqual([]);
  });

  it.skipIf(!specPresent)(
    'is checked by the specification’s own schemas (skipped: peer data not present)',
    () => {
      const [event] = openLineageEvents(input([run([], [])]));
      const text = JSON.stringify(event).replace('"processingType":"BATCH"', '"processingType":1');
      expect(eventFaults(JSON.parse(text))).toHaveLength(1);
    },
  );

  it('is pure: the same evidence gives the same bytes, another run other run ids', () => {
    const runs = [run([node(ORDERS)], [result(ORDERS)])];
    expect(toNdjson(openLineageEvents(input(runs)))).toEqual(toNdjson(openLineageEvents(input(runs))));
    const ids = (traceId: string) =>
      new Set(events(runs, { trace: { ...records.TRACE, traceId } }).map((event) => event.run.runId));
    expect(new Set([...ids('a'.repeat(32)), ...ids('b'.repeat(32))]).size).toBe(4);
  });

  it('names the command as parent of a node, and the workflow run as parent of the command and as root', () => {
    const all = events([run([node(ORDERS)], [result(ORDERS)])]);
    const [command] = all;
    const workflow = command?.run.facets['parent'];
    expect(workflow).toMatchObject({
      job: { namespace: 'https://github.com/acme/jaffle-shop', name: 'Nightly build' },
    });
    expect(endOf(all, ORDERS)?.run.facets['parent']).toMatchObject({
      run: { runId: command?.run.runId },
      job: { namespace: 'https://github.com/acme/jaffle-shop', name: 'dbt-run-jaffle_shop' },
      root: { run: workflow?.['run'], job: workflow?.['job'] },
    });
  });

  it.each([
    [{ exitCode: 0, signal: null }, 'COMPLETE'],
    [{ exitCode: 1, signal: null }, 'FAIL'],
    [{ exitCode: 143, signal: 'SIGTERM' }, 'ABORT'],
  ])('a command that ended with %j and left no artifacts is %s', (change, eventType) => {
    const all = events([
      { invocation: records.invocation({ ...change, invocationId: '' }), artifacts: null },
    ]);
    expect(all.map((event) => event.eventType)).toEqual(['START', eventType]);
    expect(all[1]?.run.facets['dbtPassport_dbt']).toMatchObject({ exitCode: change.exitCode });
    expect(all[1]?.job.name).toBe('dbt-run');
  });

  it.each([
    ['success', 'success', 'COMPLETE', true],
    ['failed', 'error', 'FAIL', false],
    ['failed', 'runtime error', 'FAIL', false],
    ['failed', 'partial success', 'FAIL', true],
    ['skipped', 'skipped', 'ABORT', false],
    ['reused', 'reused', 'COMPLETE', true],
    ['warned', 'warn', 'COMPLETE', true],
  ] as const)('%s (%s) becomes %s, written: %s', (status, raw, eventType, written) => {
    const all = events([run([node(ORDERS)], [result(ORDERS, { status, raw })])]);
    const end = endOf(all, ORDERS);
    expect(end?.eventType).toBe(eventType);
    expect(end?.outputs).toHaveLength(written ? 1 : 0);
    expect(end?.run.facets['dbtPassport_dbt']).toMatchObject({ uniqueId: ORDERS, status: raw });
  });

  it('says what dbt said of a failure, at bounded length', () => {
    const failed = result(ORDERS, { status: 'failed', raw: 'error', message: 'x'.repeat(20_000) });
    const message = endOf(events([run([node(ORDERS)], [failed])]), ORDERS)?.run.facets['errorMessage'];
    expect(message).toMatchObject({ message: 'x'.repeat(10_000), programmingLanguage: 'SQL' });
    const fine = endOf(events([run([node(ORDERS)], [result(ORDERS)])]), ORDERS);
    expect(fine?.run.facets).not.toHaveProperty('errorMessage');
  });

  it('FF-A7 keeps results the manifest lacks, hooks and functions, without lineage; leaves out what did not run', () => {
    const all = openLineageEvents(
      input([
        run(
          [node('model.shop.glue', { materialized: 'ephemeral' }), node('exposure.shop.board')],
          [
            result('model.shop.gone'),
            result('operation.shop.on-run-end-0'),
            result('function.shop.area'),
            result('model.shop.glue', { status: 'skipped', raw: 'skipped' }),
            result('exposure.shop.board', { status: 'no-op', raw: 'no-op' }),
            result('exposure.shop.other', { status: 'skipped', raw: 'skipped' }),
            result('saved_query.shop.old'),
          ],
        ),
      ]),
    );
    const ends = events([])
      .concat(all as never)
      .filter((event) => event.eventType === 'COMPLETE');
    expect(ends.map((event) => event.job.name)).toEqual([
      'model.shop.gone',
      'operation.shop.on-run-end-0',
      'function.shop.area',
      'dbt-run-jaffle_shop',
    ]);
    for (const { inputs = [], outputs = [] } of ends) expect([...inputs, ...outputs]).toEqual([]);
    expect(all.flatMap(eventFaults)).toEqual([]);
  });

  it.each([
    ['FF-A4', 'operation.shop.shop-on-run-start-0', 'build'],
    ['FF-A5', 'macro.shop.grant_it', 'run-operation'],
  ])('%s does not say that %s touched nothing: it is not known', (_, id, which) => {
    const all = events([run([node(ORDERS)], [result(id)], { which })]).filter(({ job }) => job.name === id);
    expect(all.map(({ eventType }) => eventType)).toEqual(['START', 'COMPLETE']);
    for (const event of all) {
      expect(event).not.toHaveProperty('inputs');
      expect(event).not.toHaveProperty('outputs');
    }
    expect(all[1]?.run.facets['dbtPassport_dbt']).toMatchObject({ uniqueId: id, datasetsNotKnown: true });
    expect(all.flatMap((event) => eventFaults({ ...event }))).toEqual([]);
  });

  it.each([
    ['pre-hook', true],
    ['post-hook', true],
    ['tags', undefined],
  ])('FF-A4 says of a node with %s that what its hooks touched is not known: %s', (key, known) => {
    const orders = node(ORDERS, { config: { [key]: [{ sql: 'insert into audit values (1)' }] } });
    const end = endOf(events([run([orders], [result(ORDERS)])]), ORDERS);
    expect(end?.run.facets['dbtPassport_dbt']?.['hooksNotKnown']).toBe(known);
    expect(end?.outputs).toHaveLength(1);
    const skipped = result(ORDERS, { status: 'skipped', raw: 'skipped' });
    const none = endOf(events([run([orders], [skipped])]), ORDERS);
    expect(none?.run.facets['dbtPassport_dbt']).not.toHaveProperty('hooksNotKnown');
  });

  it.each([
    ['docs generate', { which: 'generate' }],
    ['files of different invocations', { runId: 'another' }],
    ['run results without an invocation', { runId: '' }],
  ])('claims no node run from %s', (_, change) => {
    expect(events([run([node(ORDERS)], [result(ORDERS)], change)]).map((event) => event.job.name)).toEqual([
      'dbt-run-jaffle_shop',
      'dbt-run-jaffle_shop',
    ]);
  });

  it('never says that a source was written', () => {
    const source = 'source.shop.raw.orders';
    const all = events([run([node(source)], [result(source)])]);
    expect(endOf(all, source)).toMatchObject({ eventType: 'COMPLETE', inputs: [], outputs: [] });
  });

  it('takes times from dbt when they are RFC 3339, nanoseconds included, else from the command', () => {
    const startedAt = '2026-11-20T06:00:10.141118735Z';
    const all = events([run([node(ORDERS)], [result(ORDERS, { startedAt, completedAt: 'yesterday' })])]);
    const times = all.filter((event) => event.job.name === ORDERS).map((event) => event.eventTime);
    expect(times).toEqual([startedAt, '2026-11-20T06:00:31.000Z']);
  });
});

describe('the job of a node', () => {
  const orders = node(ORDERS, { compiledCode: 'select 1', originalFilePath: 'models/or ders.sql' });

  it('has type, SQL and source location; the SQL of the result wins', () => {
    const ran = result(ORDERS, { compiledCode: 'select 2' });
    const all = events([run([{ ...orders, packageName: 'jaffle_shop' }], [ran])], { projectDir: './dbt/' });
    expect(endOf(all, ORDERS)?.job.facets).toMatchObject({
      jobType: { jobType: 'MODEL', integration: 'DBT', processingType: 'BATCH' },
      sql: { query: 'select 2', dialect: 'duckdb' },
      sourceCodeLocation: {
        url: `https://github.com/acme/jaffle-shop/blob/${records.SHA}/dbt/models/or%20ders.sql`,
        path: 'dbt/models/or ders.sql',
        version: records.SHA,
      },
    });
  });

  it.each(['/home/runner/work/dbt', '../dbt'])('names no file in the project dir %s', (projectDir) => {
    const own = { ...orders, packageName: 'jaffle_shop' };
    const facets = endOf(events([run([own], [result(ORDERS)])], { projectDir }), ORDERS)?.job.facets;
    expect(facets?.['sourceCodeLocation']).toMatchObject({
      url: `https://github.com/acme/jaffle-shop/tree/${records.SHA}`,
    });
    expect(facets?.['sourceCodeLocation']).not.toHaveProperty('path');
  });

  it('names no file for a node of a package, and no SQL for Python', () => {
    const python = { ...orders, language: 'python' };
    const facets = endOf(events([run([python], [result(ORDERS)])], { projectDir: '.' }), ORDERS)?.job.facets;
    expect(facets).not.toHaveProperty('sql');
    expect(facets?.['sourceCodeLocation']).not.toHaveProperty('path');
  });

  it.each([
    [{ query_id: '01b' }, '01b'],
    [{ query_id: 'N/A' }, undefined],
    [{ job_id: 'j', project_id: 'p', location: 'EU' }, 'p:EU.j'],
    [{ job_id: 'j' }, 'j'],
    [{ query_id: 7 }, undefined],
  ])('has the warehouse’s query id: %j gives %s', (adapterResponse, id) => {
    const end = endOf(events([run([orders], [result(ORDERS, { adapterResponse })])]), ORDERS);
    expect(end?.run.facets['externalQuery']?.['externalQueryId']).toBe(id);
  });
});

describe('toNdjson', () => {
  it('writes one JSON object a line, whatever the text', () => {
    const text = new TextDecoder().decode(toNdjson([{ a: 'x\n\u2028\ud800' }, {}]));
    expect(text.split('\n').length).toBe(3);
    expect(JSON.parse(text.split('\n')[0] ?? '')).toEqual({ a: 'x\n\u2028\ud800' });
  });
});
