import { model, type OracleCase, ref, source } from '../case.ts';

const PROJECT = {
  'seeds/countries.csv': 'code,name\nfr,France\n',
  'models/orders.sql': model({ materialized: 'table' }, `select id, amount from ${source('orders')}`),
  'models/big.sql': model({ materialized: 'view' }, `select id from ${ref('orders')} where amount > 20`),
  'models/schema.yml': `
version: 2
models:
  - name: orders
    columns: [{ name: id, data_tests: [unique], description: which one }, { name: gone, description: it was }]
`,
  'snapshots/history.yml': `
snapshots:
  - name: history
    relation: ref('orders')
    config: { unique_key: id, strategy: check, check_cols: all }
`,
};
const BUILT = 'create table main.orders as select id, amount from raw.orders;';

const freshness = (tables: string) => ({
  'models/sources.yml': `
version: 2
sources:
  - name: raw
    schema: raw
    tables: ${tables}
`,
  'models/orders.sql': model({ materialized: 'table' }, "select id from {{ source('raw', 'orders') }}"),
});
const limits = (column: string, warn: number, error: number) =>
  `config: { loaded_at_field: ${column}, freshness: { warn_after: { count: ${warn}, period: day }, error_after: { count: ${error}, period: day } } }`;

/** What another run measured, long ago. */
const OLDER = {
  metadata: {
    dbt_schema_version: 'https://schemas.getdbt.com/dbt/sources/v3.json',
    generated_at: '2020-01-02T00:00:00Z',
  },
  elapsed_time: 1,
  results: [
    {
      unique_id: 'source.oracle.raw.orders',
      max_loaded_at: '2020-01-01T00:00:00Z',
      snapshotted_at: '2020-01-02T00:00:00Z',
      max_loaded_at_time_ago_in_s: 86_400,
      status: 'pass',
      criteria: {
        warn_after: { count: 1, period: 'day' },
        error_after: { count: 2, period: 'day' },
        filter: null,
      },
      adapter_response: {},
      timing: [],
      thread_id: 'Thread-1',
      execution_time: 1,
    },
  ],
};

const nothing = (command: string, more: Partial<OracleCase> = {}): OracleCase => ({
  name: `${command}: nothing is executed`,
  command,
  files: PROJECT,
  before: BUILT,
  nodes: {},
  changes: [],
  ...more,
});

export const NOTHING_RUNS: readonly OracleCase[] = [
  nothing('docs generate', { always: true }),
  nothing('compile'),
  nothing('parse\nls\nshow --select orders'),
  nothing('show --select countries', {
    name: 'show: a seed is loaded to be shown',
    option: 'a seed',
    changes: ['+ main.countries'],
  }),
  nothing('deps', {
    name: 'deps, then run: a package of the repository, whose model is built',
    command: 'deps\nrun',
    option: 'then run',
    files: {
      ...PROJECT,
      'packages.yml': 'packages:\n  - local: packages/more\n',
      'packages/more/dbt_project.yml': 'name: more\nversion: "1.0"\n',
      'packages/more/models/extra.sql': model({ materialized: 'table' }, 'select 1 as id'),
    },
    nodes: {
      'model.oracle.orders': 'table anew: success',
      'model.oracle.big': 'view: success',
      'model.more.extra': 'table of a package: success',
    },
    changes: ['+ main.big', '+ main.extra', '+ package-lock.yml'],
    notKnown: { '+ package-lock.yml': 'deps' },
  }),
  {
    name: 'build, docs generate: the columns are those that the catalog has',
    command: 'build\ndocs generate',
    option: 'then docs generate',
    files: PROJECT,
    nodes: {
      'seed.oracle.countries': 'seed: success',
      'model.oracle.orders': 'table: success',
      'model.oracle.big': 'view: success',
      'snapshot.oracle.history': 'snapshot: success',
      'test.oracle.unique_orders_id': 'generic test: pass',
    },
    changes: ['+ main.big', '+ main.countries', '+ main.history', '+ main.orders'],
  },
  {
    name: 'source freshness: pass, warn and error',
    always: true,
    command: 'source freshness',
    option: 'pass, warn, error',
    files: freshness(`
      - { name: fresh, ${limits('placed', 100_000, 200_000)} }
      - { name: orders, ${limits('placed', 1, 200_000)} }
      - { name: old, ${limits('placed', 1, 2)} }
      - { name: customers }`),
    before: 'create table raw.fresh as from raw.orders; create table raw.old as from raw.orders;',
    freshness: {
      'source.oracle.raw.fresh': 'pass',
      'source.oracle.raw.orders': 'warn',
      'source.oracle.raw.old': 'error',
    },
    exit: 1,
    nodes: {},
    changes: [],
  },
  {
    name: 'source freshness: a query that fails',
    command: 'source freshness',
    option: 'it cannot be measured',
    files: freshness(`\n      - { name: orders, ${limits('no_such_column', 1, 2)} }`),
    freshness: { 'source.oracle.raw.orders': 'not measured' },
    exit: 1,
    nodes: {},
    changes: [],
  },
  {
    name: 'source freshness, build: what has fresher sources than another run',
    command: 'source freshness\nbuild --select source_status:fresher+ --state state',
    option: 'then build --select source_status:fresher+',
    files: {
      ...freshness(
        `\n      - { name: orders, ${limits('placed', 1, 200_000)} }\n      - { name: customers }`,
      ),
      'models/other.sql': model({ materialized: 'table' }, "select id from {{ source('raw', 'customers') }}"),
      'state/sources.json': JSON.stringify(OLDER),
    },
    freshness: { 'source.oracle.raw.orders': 'warn' },
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['+ main.orders'],
  },
];
