import { model, type OracleCase, ref, source } from '../case.ts';

const ORDERS = `select id, customer, amount from ${source('orders')}`;
const TABLE = { materialized: 'table' };

export const OUTCOMES: readonly OracleCase[] = [
  {
    name: 'run: one model fails, what depends on it is skipped',
    always: true,
    command: 'run',
    files: {
      'models/good.sql': model(TABLE, ORDERS),
      'models/bad.sql': model(TABLE, `select error('no') as x from ${ref('good')}`),
      'models/after.sql': model({ materialized: 'view' }, `select * from ${ref('bad')}`),
    },
    exit: 1,
    nodes: {
      'model.oracle.good': 'table: success',
      'model.oracle.bad': 'table: error',
      'model.oracle.after': 'view: skipped',
    },
    changes: ['+ main.good'],
  },
  {
    name: 'run: a model that fails keeps the table that was there',
    command: 'run --fail-fast',
    option: 'fail fast',
    before: 'create table main.bad as select 1 as id; create table main.kept as select 1 as id;',
    files: {
      'models/bad.sql': model(TABLE, `select error('no') as x from ${source('orders')}`),
      'models/kept.sql': model(
        { materialized: 'incremental', incremental_strategy: 'append' },
        `-- depends_on: ${ref('bad')}\nselect 2 as id`,
      ),
    },
    exit: 1,
    nodes: { 'model.oracle.bad': 'table anew: error', 'model.oracle.kept': 'incremental append: skipped' },
    changes: [],
  },
  {
    name: 'build: seeds, models, snapshots, tests that pass, warn and fail, an exposure',
    always: true,
    command: 'build',
    files: {
      'seeds/countries.csv': 'code,name\nfr,France\nde,Germany\n',
      'models/orders.sql': model(
        TABLE,
        `select o.*, c.name from ${source('orders')} o cross join ${ref('countries')} c`,
      ),
      'models/big.sql': model({ materialized: 'view' }, `select * from ${ref('orders')} where amount > 20`),
      'models/totals.sql': model(TABLE, `select count(*) as n from ${ref('orders')}`),
      'models/schema.yml': `
version: 2
models:
  - name: orders
    columns:
      - name: customer
        data_tests: [not_null]
      - name: id
        data_tests: [{ unique: { config: { severity: warn } } }]
  - name: big
    columns:
      - name: amount
        data_tests: [{ accepted_values: { arguments: { values: [30] } } }]
exposures:
  - name: dashboard
    type: dashboard
    owner: { email: a@example.com }
    depends_on: [ref('totals')]
`,
      'models/last.sql': model(TABLE, `select * from ${ref('big')}`),
      'snapshots/countries_history.yml': `
snapshots:
  - name: countries_history
    relation: ref('countries')
    config: { schema: history, unique_key: code, strategy: check, check_cols: all }
`,
    },
    exit: 1,
    nodes: {
      'seed.oracle.countries': 'seed: success',
      'model.oracle.orders': 'table: success',
      'model.oracle.big': 'view: success',
      'model.oracle.totals': 'table: success',
      'model.oracle.last': 'table behind a failed test: skipped',
      'snapshot.oracle.countries_history': 'snapshot, check: success',
      'test.oracle.not_null_orders_customer': 'generic test: pass',
      'test.oracle.unique_orders_id': 'generic test of severity warn: warn',
      'test.oracle.accepted_values_big_amount__30': 'generic test: fail',
      'exposure.oracle.dashboard': 'exposure: no-op',
    },
    changes: [
      '+ main.big',
      '+ main.countries',
      '+ main.orders',
      '+ main.totals',
      '+ main_history.countries_history',
    ],
  },
  {
    name: 'run: cancelled while the second of three models runs',
    always: true,
    command: 'run',
    files: {
      'models/first.sql': model(TABLE, ORDERS),
      'models/slow.sql': model(
        TABLE,
        `select count(*) as n from ${ref('first')}, range(1000000) a(i), range(1000000) b(j) where i * j % 7 = 3`,
      ),
      'models/third.sql': model(TABLE, `select * from ${ref('slow')}`),
    },
    interrupt: /START sql table model main\.slow/,
    exit: 130,
    nodes: { 'model.oracle.first': 'table: success' },
    option: 'cancelled',
    changes: ['+ main.first'],
  },
  {
    name: 'build: a selection that matches nothing',
    command: 'build --select nobody',
    files: { 'models/orders.sql': model(TABLE, ORDERS) },
    option: 'nothing selected',
    nodes: {},
    changes: [],
  },
  {
    name: 'run: a project that cannot be parsed',
    command: 'run',
    option: 'not parsed',
    files: { 'models/orders.sql': model(TABLE, `select * from ${ref('nobody')}`) },
    exit: 1,
    nodes: {},
    changes: [],
  },
  {
    name: 'run: a model outside of the rule',
    command: 'run',
    option: 'denied',
    claims: { environment: 'limited' },
    files: { 'models/orders.sql': model(TABLE, ORDERS) },
    exit: 1,
    nodes: {},
    changes: [],
  },
  {
    name: 'build: decided and planned only',
    command: 'build',
    option: 'dry run',
    inputs: { mode: 'dry-run' },
    files: { 'models/orders.sql': model(TABLE, ORDERS) },
    nodes: {},
    changes: [],
  },
];
