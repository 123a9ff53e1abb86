import { model, type OracleCase, ref, source } from '../case.ts';

const ORDERS = `select id, customer, amount, placed from ${source('orders')}`;
const NEWER =
  '{% if is_incremental() %} where id > (select coalesce(max(id), 0) from {{ this }}) {% endif %}';
const FIRST_THREE = 'select id, customer, amount, placed from raw.orders where id <= 3';

const incremental = (strategy: string, more: Readonly<Record<string, unknown>> = {}) => ({
  materialized: 'incremental',
  incremental_strategy: strategy,
  ...more,
});

const STRATEGIES = {
  'models/appended.sql': model(incremental('append'), `${ORDERS} ${NEWER}`),
  'models/replaced.sql': model(incremental('delete+insert', { unique_key: 'id' }), ORDERS),
  'models/merged.sql': model(incremental('merge', { unique_key: 'id' }), ORDERS),
};

const MICROBATCH = {
  'models/sources.yml': `
version: 2
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
        config: { event_time: placed }
`,
};

const batches = (sql: string) =>
  model(incremental('microbatch', { event_time: 'placed', batch_size: 'day', begin: '2026-01-02' }), sql);

export const MODELS: readonly OracleCase[] = [
  {
    name: 'run: tables, views and an ephemeral model, for the first time',
    always: true,
    command: 'run',
    files: {
      'models/orders.sql': model({ materialized: 'table' }, ORDERS),
      'models/big.sql': model({ materialized: 'view' }, `select id from ${ref('orders')} where amount > 20`),
      'models/named.sql': model(
        { materialized: 'ephemeral' },
        `select o.id, c.name from ${ref('orders')} o join ${source('customers')} c on c.id = o.customer`,
      ),
      'models/by_name.sql': model(
        { materialized: 'table' },
        `with named as (select * from ${ref('named')}) select name, count(*) as orders from named group by name`,
      ),
    },
    nodes: {
      'model.oracle.orders': 'table: success',
      'model.oracle.big': 'view: success',
      'model.oracle.by_name': 'table over an ephemeral model: success',
    },
    changes: ['+ main.big', '+ main.by_name', '+ main.orders'],
  },
  {
    name: 'run: what was there before, changed, the same, and of another kind',
    command: 'run',
    before: `
      create table main.orders as select 1 as old;
      create table main.same as select 1 as id;
      create view main.was_view as select 1 as id;
      create table main.was_table as select 1 as id;
    `,
    files: {
      'models/orders.sql': model({ materialized: 'table' }, ORDERS),
      'models/same.sql': model({ materialized: 'table' }, 'select 1 as id'),
      'models/was_view.sql': model({ materialized: 'table' }, ORDERS),
      'models/was_table.sql': model({ materialized: 'view' }, ORDERS),
    },
    nodes: {
      'model.oracle.orders': 'table anew: success',
      'model.oracle.same': 'table anew with the same rows: success',
      'model.oracle.was_view': 'table in the place of a view: success',
      'model.oracle.was_table': 'view in the place of a table: success',
    },
    changes: ['~ main.orders', '~ main.was_table', '~ main.was_view'],
  },
  {
    name: 'run: incremental models, for the first time',
    command: 'run',
    files: STRATEGIES,
    nodes: {
      'model.oracle.appended': 'incremental append, first: success',
      'model.oracle.replaced': 'incremental delete+insert, first: success',
      'model.oracle.merged': 'incremental merge, first: success',
    },
    changes: ['+ main.appended', '+ main.merged', '+ main.replaced'],
  },
  {
    name: 'run: incremental models, again',
    always: true,
    command: 'run',
    before: `
      create table main.appended as ${FIRST_THREE};
      create table main.nothing_new as select id, customer, amount, placed from raw.orders;
      create table main.replaced as ${FIRST_THREE};
      create table main.merged as ${FIRST_THREE};
      create table main.grown as select id from raw.orders where id <= 3;
    `,
    files: {
      ...STRATEGIES,
      'models/nothing_new.sql': model(incremental('append'), `${ORDERS} ${NEWER}`),
      'models/grown.sql': model(incremental('append', { on_schema_change: 'append_new_columns' }), ORDERS),
    },
    nodes: {
      'model.oracle.appended': 'incremental append: success',
      'model.oracle.nothing_new': 'incremental append of no rows: success',
      'model.oracle.replaced': 'incremental delete+insert: success',
      'model.oracle.merged': 'incremental merge: success',
      'model.oracle.grown': 'incremental append with a new column: success',
    },
    changes: ['~ main.appended', '~ main.grown', '~ main.merged', '~ main.replaced'],
  },
  {
    name: 'run --full-refresh: incremental models',
    command: 'run --full-refresh',
    option: 'full refresh',
    before: `
      create table main.appended as ${FIRST_THREE};
      create table main.replaced as ${FIRST_THREE};
      create table main.merged as ${FIRST_THREE};
    `,
    files: STRATEGIES,
    nodes: {
      'model.oracle.appended': 'incremental append: success',
      'model.oracle.replaced': 'incremental delete+insert: success',
      'model.oracle.merged': 'incremental merge: success',
    },
    changes: ['~ main.appended', '~ main.merged', '~ main.replaced'],
  },
  {
    name: 'run: a microbatch model whose batches all succeed',
    command: 'run --event-time-start 2026-01-02 --event-time-end 2026-01-05',
    files: { ...MICROBATCH, 'models/batched.sql': batches(ORDERS) },
    nodes: { 'model.oracle.batched': 'microbatch: success' },
    changes: ['+ main.batched'],
  },
  {
    name: 'run: a microbatch model with one batch that fails',
    command: 'run --event-time-start 2026-01-02 --event-time-end 2026-01-05',
    files: {
      ...MICROBATCH,
      'models/batched.sql': batches(
        `select id, placed, case when id = 2 then error('batch') else amount end as amount from ${source('orders')}`,
      ),
      'models/after.sql': model({ materialized: 'table' }, `select * from ${ref('batched')}`),
    },
    exit: 1,
    nodes: { 'model.oracle.batched': 'microbatch: partial success', 'model.oracle.after': 'table: skipped' },
    changes: ['+ main.batched'],
  },
  {
    name: 'run: external files, and a model that reads one',
    always: true,
    command: 'run',
    files: {
      'exports/.gitkeep': '',
      'models/exported.sql': model({ materialized: 'external', location: 'exports/orders.parquet' }, ORDERS),
      'models/big_ones.sql': model(
        { materialized: 'external', location: 'exports/big.csv', format: 'csv' },
        `select id from ${ref('exported')} where amount > 20`,
      ),
    },
    nodes: {
      'model.oracle.exported': 'external parquet: success',
      'model.oracle.big_ones': 'external csv: success',
    },
    changes: ['+ exports/big.csv', '+ exports/orders.parquet', '+ main.big_ones', '+ main.exported'],
  },
  {
    name: 'run: sources that are files',
    always: true,
    command: 'run',
    files: {
      'data/events.csv': 'id,kind\n1,click\n2,view\n',
      'data/more/a.csv': 'id,kind\n3,click\n',
      'models/sources.yml': `
version: 2
sources:
  - name: files
    config: { external_location: 'data/{name}.csv' }
    tables:
      - name: events
      - name: more
        config: { external_location: "read_csv('data/more/*.csv', header=true)" }
`,
      'models/clicks.sql': model(
        { materialized: 'table' },
        "select * from {{ source('files', 'events') }} where kind = 'click'",
      ),
      'models/all_events.sql': model(
        { materialized: 'view' },
        "select * from {{ source('files', 'events') }} union all select * from {{ source('files', 'more') }}",
      ),
    },
    nodes: {
      'model.oracle.clicks': 'table of a csv file: success',
      'model.oracle.all_events': 'view of several csv files: success',
    },
    changes: ['+ main.all_events', '+ main.clicks'],
  },
  {
    name: 'run: Python models',
    always: true,
    command: 'run',
    files: {
      'models/orders.sql': model({ materialized: 'table' }, ORDERS),
      'models/doubled.py':
        'def model(dbt, session):\n    dbt.config(materialized="table")\n    return dbt.ref("orders").project("id, amount * 2 as amount")\n',
      'models/kept.py':
        'def model(dbt, session):\n    dbt.config(materialized="incremental")\n    return dbt.source("raw", "customers").project("id, name")\n',
    },
    nodes: {
      'model.oracle.orders': 'table: success',
      'model.oracle.doubled': 'table in Python: success',
      'model.oracle.kept': 'incremental in Python: success',
    },
    changes: ['+ main.doubled', '+ main.kept', '+ main.orders'],
  },
  {
    name: 'run: names: a schema, an alias in mixed case, versions, a contract',
    command: 'run',
    files: {
      'models/orders.sql': model({ materialized: 'table', schema: 'mart', alias: 'Orders_EU' }, ORDERS),
      'models/things_v1.sql': model({ materialized: 'table' }, `select id from ${ref('orders')}`),
      'models/things_v2.sql': model(
        { materialized: 'view' },
        "select id, 'x' as kind from {{ ref('things', v=1) }}",
      ),
      'models/strict.sql': model({ materialized: 'table' }, `select id, amount from ${ref('orders')}`),
      'models/schema.yml': `
version: 2
models:
  - name: things
    latest_version: 2
    versions: [{ v: 1 }, { v: 2 }]
  - name: strict
    config: { contract: { enforced: true } }
    columns:
      - { name: id, data_type: bigint, constraints: [{ type: not_null }], description: which one }
      - { name: amount, data_type: bigint }
`,
    },
    nodes: {
      'model.oracle.orders': 'table in a schema of its own: success',
      'model.oracle.things.v1': 'version 1, table: success',
      'model.oracle.things.v2': 'version 2, view: success',
      'model.oracle.strict': 'table with a contract: success',
    },
    changes: ['+ main.strict', '+ main.things_v1', '+ main.things_v2', '+ main_mart.Orders_EU'],
  },
  {
    name: 'run --empty: tables without rows',
    command: 'run --empty',
    option: 'empty',
    before: 'create table main.orders as select id, customer, amount, placed from raw.orders;',
    files: {
      'models/orders.sql': model({ materialized: 'table' }, ORDERS),
      'models/big.sql': model({ materialized: 'view' }, `select id from ${ref('orders')}`),
    },
    nodes: { 'model.oracle.orders': 'table: success', 'model.oracle.big': 'view: success' },
    changes: ['+ main.big', '~ main.orders'],
  },
  {
    name: 'run --vars: which source is read depends on a variable',
    command: "run --vars '{from: customers}'",
    option: 'vars',
    files: {
      'models/chosen.sql': model(
        { materialized: 'table' },
        "select id from {{ source('raw', var('from', 'orders')) }}",
      ),
    },
    nodes: { 'model.oracle.chosen': 'table: success' },
    changes: ['+ main.chosen'],
  },
];
