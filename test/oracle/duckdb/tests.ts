import { model, type OracleCase, ref, source } from '../case.ts';

const TABLES = `
  create table main.orders as select id, customer, amount from raw.orders;
  create table main.twice as select 1 as id union all select 1 as id;
`;

const MODELS = {
  'models/orders.sql': model(
    { materialized: 'table' },
    `select id, customer, amount from ${source('orders')}`,
  ),
  'models/twice.sql': model({ materialized: 'table' }, 'select 1 as id union all select 1 as id'),
  'models/inside.sql': model({ materialized: 'ephemeral' }, `select id from ${ref('orders')}`),
};

export const TESTS: readonly OracleCase[] = [
  {
    name: 'test: of every kind, with every outcome',
    always: true,
    command: 'test',
    before: TABLES,
    files: {
      ...MODELS,
      'models/sources.yml': `
version: 2
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
        columns: [{ name: id, data_tests: [not_null] }]
      - name: customers
`,
      'models/schema.yml': `
version: 2
models:
  - name: orders
    columns:
      - name: id
        data_tests: [unique]
      - name: customer
        data_tests:
          - relationships: { arguments: { to: "source('raw', 'customers')", field: id } }
  - name: twice
    columns:
      - name: id
        data_tests:
          - unique
          - accepted_values: { arguments: { values: [2] }, config: { severity: warn } }
  - name: inside
    columns: [{ name: id, data_tests: [not_null] }]
unit_tests:
  - name: adds_up
    model: orders
    given:
      - input: source('raw', 'orders')
        rows: [{ id: 1, customer: 2, amount: 3 }]
    expect: { rows: [{ id: 1, customer: 2, amount: 3 }] }
  - name: does_not
    model: orders
    given:
      - input: source('raw', 'orders')
        rows: [{ id: 1, customer: 2, amount: 3 }]
    expect: { rows: [{ id: 9, customer: 2, amount: 3 }] }
`,
      'tests/two_tables.sql': `select o.id from ${ref('orders')} o join ${ref('twice')} t on t.id = o.id where o.id > 5`,
      'tests/broken.sql': `select no_such_column from ${ref('orders')}`,
    },
    exit: 1,
    nodes: {
      'test.oracle.source_not_null_raw_orders_id': 'test of a source: pass',
      'test.oracle.unique_orders_id': 'generic test: pass',
      'test.oracle.relationships_orders_customer__id__source_raw_customers_': 'relationships: pass',
      'test.oracle.unique_twice_id': 'generic test: fail',
      'test.oracle.accepted_values_twice_id__2': 'generic test of severity warn: warn',
      'test.oracle.not_null_inside_id': 'test of an ephemeral model: pass',
      'test.oracle.two_tables': 'singular test of two tables: pass',
      'test.oracle.broken': 'singular test: error',
      'unit_test.oracle.orders.adds_up': 'unit test: pass',
      'unit_test.oracle.orders.does_not': 'unit test: fail',
    },
    changes: [],
  },
  {
    name: 'test: a model and a source of the same name, with one relationship between them',
    command: 'test',
    before: TABLES,
    files: {
      ...MODELS,
      'models/schema.yml': `
version: 2
models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - relationships: { arguments: { to: "source('raw', 'orders')", field: id } }
`,
    },
    nodes: {
      'test.oracle.relationships_orders_id__id__source_raw_orders_': 'relationships of one name: pass',
    },
    changes: [],
  },
  {
    name: 'test --store-failures: none and some',
    always: true,
    command: 'test --store-failures',
    option: 'store failures',
    before: TABLES,
    files: {
      ...MODELS,
      'models/schema.yml': `
version: 2
models:
  - name: orders
    columns: [{ name: id, data_tests: [unique] }]
  - name: twice
    columns:
      - name: id
        data_tests:
          - unique: { config: { alias: doubles } }
          - not_null: { config: { store_failures_as: view } }
          - accepted_values: { arguments: { values: [1] }, config: { store_failures_as: ephemeral } }
`,
      'tests/broken.sql': `select no_such_column from ${ref('orders')}`,
    },
    exit: 1,
    nodes: {
      'test.oracle.unique_orders_id': 'generic test: pass',
      'test.oracle.unique_twice_id': 'generic test with an alias: fail',
      'test.oracle.not_null_twice_id': 'generic test stored as a view: pass',
      'test.oracle.accepted_values_twice_id__1': 'generic test that stores nothing: pass',
      'test.oracle.broken': 'singular test: error',
    },
    changes: [
      '+ main_dbt_test__audit.doubles',
      '+ main_dbt_test__audit.not_null_twice_id',
      '+ main_dbt_test__audit.unique_orders_id',
    ],
  },
];
