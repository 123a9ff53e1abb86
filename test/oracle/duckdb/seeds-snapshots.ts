import { type OracleCase, source } from '../case.ts';

const COUNTRIES = { 'seeds/countries.csv': 'code,name\nfr,France\nde,Germany\n' };

const snapshot = (name: string, config: string) => `
snapshots:
  - name: ${name}
    relation: source('raw', 'orders')
    config: { schema: history, unique_key: id, ${config} }
`;

const CHECK = 'strategy: check, check_cols: [amount]';

/** A snapshot as dbt would have left it when order 1 cost 5 and order 7 was there. */
const older = (table: string, change: string) => `
  create schema if not exists main_history;
  create table main_history.${table} as
    select id, customer, amount, placed, md5(id || '|2026-01-01') as dbt_scd_id,
      timestamp '2026-01-01' as dbt_updated_at, timestamp '2026-01-01' as dbt_valid_from,
      null::timestamp as dbt_valid_to
    from raw.orders;
  ${change}
`;

export const SEEDS_SNAPSHOTS: readonly OracleCase[] = [
  {
    name: 'seed: for the first time, one that is a source too',
    command: 'seed',
    files: {
      ...COUNTRIES,
      'seeds/customers.csv': 'id,name\n1,Ann\n2,Bob\n3,Cid\n',
      'seeds/schema.yml':
        'version: 2\nseeds:\n  - name: customers\n    config: { schema: extra, column_types: { id: bigint } }\n',
    },
    nodes: {
      'seed.oracle.countries': 'seed, first: success',
      'seed.oracle.customers': 'seed with types, first: success',
    },
    changes: ['+ main.countries', '+ main_extra.customers'],
  },
  {
    name: 'seed: again, with other rows and with the same',
    command: 'seed',
    before: `
      create table main.countries as select * from (values ('uk', 'Britain')) t(code, name);
      create table main.cities as select * from (values ('Paris')) t(name);
    `,
    files: { ...COUNTRIES, 'seeds/cities.csv': 'name\nParis\n' },
    nodes: {
      'seed.oracle.countries': 'seed anew: success',
      'seed.oracle.cities': 'seed with the same rows: success',
    },
    changes: ['~ main.countries'],
  },
  {
    name: 'seed --full-refresh: other columns',
    command: 'seed --full-refresh',
    option: 'full refresh',
    before: "create table main.countries as select 'uk' as old;",
    files: COUNTRIES,
    nodes: { 'seed.oracle.countries': 'seed: success' },
    changes: ['~ main.countries'],
  },
  {
    name: 'seed: a file that does not fit its types',
    command: 'seed',
    before: 'create table main.countries as select 1::integer as code;',
    files: {
      'seeds/countries.csv': 'code\nfr\n',
      'seeds/schema.yml':
        'version: 2\nseeds:\n  - name: countries\n    config: { column_types: { code: integer } }\n',
    },
    exit: 1,
    nodes: { 'seed.oracle.countries': 'seed: error' },
    changes: [],
  },
  {
    name: 'snapshot: for the first time, by check and by timestamp',
    command: 'snapshot',
    files: {
      'snapshots/checked.yml': snapshot('checked', CHECK),
      'snapshots/timed.yml': snapshot('timed', 'strategy: timestamp, updated_at: placed'),
    },
    nodes: {
      'snapshot.oracle.checked': 'snapshot, check, first: success',
      'snapshot.oracle.timed': 'snapshot, timestamp, first: success',
    },
    changes: ['+ main_history.checked', '+ main_history.timed'],
  },
  {
    name: 'snapshot: again, with changed rows, without, and with rows that are gone',
    always: true,
    command: 'snapshot',
    before: [
      older('changed', 'update main_history.changed set amount = 5 where id = 1;'),
      older('same', ''),
      older(
        'gone',
        "insert into main_history.gone select 7, customer, amount, placed, md5('7'), dbt_updated_at, dbt_valid_from, null from main_history.gone where id = 1;",
      ),
    ].join('\n'),
    files: {
      'snapshots/changed.yml': snapshot('changed', CHECK),
      'snapshots/same.yml': snapshot('same', CHECK),
      'snapshots/gone.yml': snapshot('gone', `${CHECK}, hard_deletes: invalidate`),
    },
    nodes: {
      'snapshot.oracle.changed': 'snapshot with changed rows: success',
      'snapshot.oracle.same': 'snapshot without changes: success',
      'snapshot.oracle.gone': 'snapshot with rows that are gone: success',
    },
    changes: ['~ main_history.changed', '~ main_history.gone'],
  },
  {
    name: 'build: a seed that is the table of a source, read by both names',
    command: 'build',
    files: {
      'seeds/countries.csv': COUNTRIES['seeds/countries.csv'],
      'models/sources.yml': `
version: 2
sources:
  - name: raw
    schema: main
    tables: [{ name: countries }]
`,
      'models/both.sql': `{{ config(materialized='table') }}
select s.code from {{ ref('countries') }} r join ${source('countries')} s on r.code = s.code`,
    },
    nodes: {
      'seed.oracle.countries': 'seed: success',
      'model.oracle.both': 'table of a seed that is a source: success',
    },
    changes: ['+ main.both', '+ main.countries'],
  },
];
