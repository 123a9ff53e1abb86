import { model, type OracleCase, ref, source } from '../case.ts';

/** Two models, of which the first exists in another run's schema. */
const PAIR = {
  'models/stg_orders.sql': model({ materialized: 'view' }, `select id, amount from ${source('orders')}`),
  'models/orders.sql': model({ materialized: 'table' }, `select id, amount from ${ref('stg_orders')}`),
};
const PROD = `
  create schema prod;
  create view prod.stg_orders as select id, amount from raw.orders where id < 3;
  create table prod.orders as select 1 as id, 2 as amount;
`;

export const OPTIONS: readonly OracleCase[] = [
  {
    name: 'build --defer: what is not built is read where the other run left it',
    always: true,
    command: 'build --select orders --defer --state state',
    option: 'defer',
    before: PROD,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['+ main.orders'],
  },
  {
    name: 'build --defer: what exists here is read here',
    command: 'build --select orders --defer --state state',
    option: 'defer, but it exists',
    before: `${PROD} create view main.stg_orders as select id, amount from raw.orders;`,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['+ main.orders'],
  },
  {
    name: 'build --defer --favor-state: the other one is read although it exists here',
    command: 'build --select orders --defer --favor-state --state state',
    option: 'favor state',
    before: `${PROD} create view main.stg_orders as select id, amount from raw.orders;`,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['+ main.orders'],
  },
  {
    name: 'build --select state:modified+ --defer: a selection by state',
    command: 'build --select state:modified+ --defer --state state',
    option: 'state:modified, defer',
    before: PROD,
    files: PAIR,
    state: {
      schema: 'prod',
      files: { 'models/orders.sql': model({ materialized: 'table' }, `select id from ${ref('stg_orders')}`) },
    },
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['+ main.orders'],
  },
  {
    name: 'clone: what another run built',
    command: 'clone --state state',
    before: PROD,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.stg_orders': 'view: success', 'model.oracle.orders': 'table: success' },
    changes: ['+ main.orders', '+ main.stg_orders'],
  },
  {
    name: 'clone: what exists here stays',
    command: 'clone --state state',
    option: 'it exists',
    before: `${PROD} create table main.orders as select 9 as id; create view main.stg_orders as select 8 as id;`,
    files: PAIR,
    state: { schema: 'prod' },
    nodes: { 'model.oracle.stg_orders': 'view: success', 'model.oracle.orders': 'table: success' },
    changes: [],
  },
  {
    name: 'seed, run, test: three lines',
    command: 'seed\nrun\ntest',
    option: 'then run and test',
    files: {
      ...PAIR,
      'seeds/countries.csv': 'code\nfr\n',
      'models/schema.yml':
        'version: 2\nmodels:\n  - name: orders\n    columns: [{ name: id, data_tests: [unique] }]\n',
    },
    nodes: {
      'seed.oracle.countries': 'seed: success',
      'model.oracle.stg_orders': 'view: success',
      'model.oracle.orders': 'table: success',
      'test.oracle.unique_orders_id': 'generic test: pass',
    },
    changes: ['+ main.countries', '+ main.orders', '+ main.stg_orders'],
  },
  {
    name: 'run, test: the second line is not reached',
    command: 'run\ntest',
    option: 'then test, not reached',
    files: {
      'models/bad.sql': model({ materialized: 'table' }, `select error('no') as id from ${source('orders')}`),
      'models/schema.yml':
        'version: 2\nmodels:\n  - name: bad\n    columns: [{ name: id, data_tests: [unique] }]\n',
    },
    exit: 1,
    nodes: { 'model.oracle.bad': 'table: error' },
    changes: [],
  },
  {
    name: 'run, retry: what failed is run again, and what was skipped',
    always: true,
    command: 'run\nretry',
    option: 'then retry',
    files: {
      'dbt_project.yml': `
name: oracle
version: "1.0"
profile: passport
on-run-end: ["create table if not exists main.ready as select 1 as id"]
`,
      'models/good.sql': model({ materialized: 'table' }, `select id from ${source('orders')}`),
      'models/bad.sql': model(
        { materialized: 'table' },
        `select g.id from ${ref('good')} g join main.ready r on r.id = g.id`,
      ),
      'models/after.sql': model({ materialized: 'view' }, `select * from ${ref('bad')}`),
    },
    nodes: {
      'model.oracle.good': 'table: success',
      'model.oracle.bad': 'table that failed before: success',
      'model.oracle.after': 'view that was skipped before: success',
    },
    changes: ['+ main.after', '+ main.bad', '+ main.good', '+ main.ready'],
    notKnown: { '+ main.ready': 'hook of the run' },
  },
];
