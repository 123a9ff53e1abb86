import { model, type OracleCase, ref, source } from '../case.ts';

const ORDERS = `select id, customer, amount, placed from ${source('orders')}`;
const NEWER =
  '{% if is_incremental() %} where id > (select coalesce(max(id), 0) from {{ this }}) {% endif %}';
const TABLE = { materialized: 'table' };

const incremental = (strategy: string, more: Readonly<Record<string, unknown>> = {}) => ({
  materialized: 'incremental',
  incremental_strategy: strategy,
  ...more,
});

const PAIR = {
  'models/stg_orders.sql': model({ materialized: 'view' }, `select id, amount from ${source('orders')}`),
  'models/orders.sql': model(TABLE, `select id, amount from ${ref('stg_orders')}`),
};
const PROD = `
  create schema prod;
  create view prod.stg_orders as select id, amount from raw.orders where id < 3;
  create table prod.orders as select 1 as id, 2 as amount;
`;
const CHECK = 'schema: history, unique_key: id, strategy: check, check_cols: [amount]';

export const POSTGRES: readonly OracleCase[] = [
  {
    name: 'run: tables, a view and an ephemeral model',
    command: 'run',
    files: {
      'models/orders.sql': model(TABLE, ORDERS),
      'models/big.sql': model({ materialized: 'view' }, `select id from ${ref('orders')} where amount > 20`),
      'models/named.sql': model(
        { materialized: 'ephemeral' },
        `select o.id, c.name from ${ref('orders')} o join ${source('customers')} c on c.id = o.customer`,
      ),
      'models/by_name.sql': model(
        TABLE,
        `select name, count(*) as orders from ${ref('named')} group by name`,
      ),
    },
    nodes: {
      'model.oracle.orders': 'table: success',
      'model.oracle.big': 'view: success',
      'model.oracle.by_name': 'table over an ephemeral model: success',
    },
    changes: ['+ shop.big', '+ shop.by_name', '+ shop.orders'],
    rows: { 'model.oracle.orders': 6, 'model.oracle.by_name': 3 },
  },
  {
    name: 'run: incremental models, again',
    always: true,
    command: 'run',
    before: ['appended', 'replaced', 'merged']
      .map(
        (name) =>
          `create table shop.${name} as select id, customer, amount, placed from raw.orders where id <= 4;`,
      )
      .join('\n'),
    files: {
      'models/appended.sql': model(incremental('append'), `${ORDERS} ${NEWER}`),
      'models/replaced.sql': model(incremental('delete+insert', { unique_key: 'id' }), ORDERS),
      'models/merged.sql': model(incremental('merge', { unique_key: 'id' }), ORDERS),
    },
    nodes: {
      'model.oracle.appended': 'incremental append: success',
      'model.oracle.replaced': 'incremental delete+insert: success',
      'model.oracle.merged': 'incremental merge: success',
    },
    changes: ['~ shop.appended', '~ shop.merged', '~ shop.replaced'],
    rows: { 'model.oracle.appended': 2, 'model.oracle.replaced': 6, 'model.oracle.merged': 6 },
  },
  {
    name: 'build: a seed, a snapshot, tests that fail and warn, what is skipped',
    always: true,
    command: 'build',
    files: {
      'seeds/countries.csv': 'code,name\nfr,France\nde,Germany\n',
      'models/orders.sql': model(TABLE, ORDERS),
      'models/last.sql': model(TABLE, `select * from ${ref('orders')}`),
      'models/schema.yml': `
version: 2
models:
  - name: orders
    columns:
      - name: customer
        data_tests: [unique, { not_null: { config: { severity: warn } } }]
`,
      'snapshots/history.yml': `
snapshots:
  - name: history
    relation: source('raw', 'orders')
    config: { ${CHECK} }
`,
    },
    exit: 1,
    nodes: {
      'seed.oracle.countries': 'seed: success',
      'model.oracle.orders': 'table: success',
      'model.oracle.last': 'table behind a failed test: skipped',
      'snapshot.oracle.history': 'snapshot, first: success',
      'test.oracle.unique_orders_customer': 'generic test: fail',
      'test.oracle.not_null_orders_customer': 'generic test of severity warn: pass',
    },
    changes: ['+ shop.countries', '+ shop.orders', '+ shop_history.history'],
    rows: { 'seed.oracle.countries': 2, 'model.oracle.orders': 6 },
  },
  {
    name: 'test --store-failures: none and some',
    command: 'test --store-failures',
    option: 'store failures',
    before: 'create table shop.twice as select 1 as id union all select 1;',
    files: {
      'models/twice.sql': model(TABLE, 'select 1 as id union all select 1'),
      'models/schema.yml': `
version: 2
models:
  - name: twice
    columns: [{ name: id, data_tests: [not_null, unique] }]
`,
    },
    exit: 1,
    nodes: {
      'test.oracle.not_null_twice_id': 'generic test: pass',
      'test.oracle.unique_twice_id': 'generic test: fail',
    },
    changes: ['+ shop_dbt_test__audit.not_null_twice_id', '+ shop_dbt_test__audit.unique_twice_id'],
  },
  {
    name: 'build --defer: what is not built is read where the other run left it',
    command: 'build --select orders --defer --state state',
    option: 'defer',
    before: PROD,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['+ shop.orders'],
    rows: { 'model.oracle.orders': 2 },
  },
  {
    name: 'clone: what another run built',
    command: 'clone --state state',
    before: PROD,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.stg_orders': 'view: success', 'model.oracle.orders': 'table: success' },
    changes: ['+ shop.orders', '+ shop.stg_orders'],
  },
  {
    name: 'run: a materialized view, and names that must be quoted',
    command: 'run',
    files: {
      'models/shown.sql': model({ materialized: 'materialized_view' }, `select id from ${source('orders')}`),
      'models/mixed.sql': model(
        { materialized: 'table', alias: 'Orders EU' },
        `select id from ${ref('shown')}`,
      ),
    },
    nodes: {
      'model.oracle.shown': 'materialized view: success',
      'model.oracle.mixed': 'table with a space in its name: success',
    },
    changes: ['+ shop.Orders EU', '+ shop.shown'],
    rows: { 'model.oracle.mixed': 6 },
  },
  {
    name: 'run: hooks write, a model fails',
    command: 'run',
    option: 'hooks of the run',
    before: 'create table shop.audit as select 0 as n;',
    files: {
      'dbt_project.yml': `
name: oracle
version: "1.0"
profile: passport
on-run-start: ["insert into shop.audit values (1)"]
`,
      'models/good.sql': model(TABLE, ORDERS),
      'models/bad.sql': model(TABLE, `select 1 / (id - id) as x from ${ref('good')}`),
    },
    exit: 1,
    nodes: { 'model.oracle.good': 'table: success', 'model.oracle.bad': 'table: error' },
    changes: ['~ shop.audit', '+ shop.good'],
    notKnown: { '~ shop.audit': 'hook of the run' },
    rows: { 'model.oracle.good': 6 },
  },
];
