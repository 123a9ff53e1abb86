import { model, type OracleCase, source } from '../case.ts';

const ORDERS = `select id, amount from ${source('orders')}`;
const AUDIT = 'create table main.audit as select 0 as n;';
/** Code of the project that runs beside the nodes. */
export const CODE: readonly OracleCase[] = [
  {
    name: 'run: hooks of the run and of a model write',
    always: true,
    command: 'run',
    before: `${AUDIT} create table main.model_audit as select 0 as n;`,
    files: {
      'dbt_project.yml': `
name: oracle
version: "1.0"
profile: passport
on-run-start: ["insert into main.audit values (1)", "create table if not exists main.made_at_start as select 1 as id"]
on-run-end: ["insert into main.audit values (2)"]
`,
      'models/orders.sql': model(
        { materialized: 'table', pre_hook: 'insert into main.model_audit values (1)', post_hook: 'select 1' },
        ORDERS,
      ),
    },
    nodes: { 'model.oracle.orders': 'table with hooks: success' },
    option: 'hooks of the run',
    changes: ['~ main.audit', '+ main.made_at_start', '~ main.model_audit', '+ main.orders'],
    notKnown: {
      '~ main.audit': 'hook of the run',
      '+ main.made_at_start': 'hook of the run',
      '~ main.model_audit': 'hook of a node',
    },
  },
  {
    name: 'run: a model fails after its hook has written',
    command: 'run',
    before: AUDIT,
    files: {
      'models/bad.sql': `{{ config(materialized='table', pre_hook={'sql': 'insert into main.audit values (1)', 'transaction': false}) }}
select error('no') as id from ${source('orders')}`,
    },
    exit: 1,
    nodes: { 'model.oracle.bad': 'table with a hook outside of the transaction: error' },
    changes: ['~ main.audit'],
    notKnown: { '~ main.audit': 'hook of a node' },
  },
  {
    name: 'run: a hook of the run fails',
    command: 'run',
    before: AUDIT,
    option: 'a hook of the run fails',
    files: {
      'dbt_project.yml': `
name: oracle
version: "1.0"
profile: passport
on-run-start: ["insert into main.audit values (1)", "select error('no')"]
`,
      'models/orders.sql': model({ materialized: 'table' }, ORDERS),
    },
    exit: 1,
    nodes: { 'model.oracle.orders': 'table: success' },
    changes: ['~ main.audit', '+ main.orders'],
    notKnown: { '~ main.audit': 'hook of the run' },
  },
  {
    name: 'run-operation: a macro that writes',
    command: 'run-operation grow',
    files: {
      'macros/grow.sql':
        "{% macro grow() %}{% do run_query('create table main.made_by_macro as select 1 as id') %}{% do adapter.commit() if false %}{% endmacro %}",
      'models/orders.sql': model({ materialized: 'table' }, ORDERS),
    },
    nodes: { 'macro.oracle.grow': 'macro that writes: success' },
    changes: ['+ main.made_by_macro'],
    notKnown: { '+ main.made_by_macro': 'macro' },
  },
  {
    name: 'run-operation: a macro that fails',
    command: 'run-operation fail',
    files: {
      'macros/fail.sql': '{% macro fail() %}{% do run_query("select error(\'no\')") %}{% endmacro %}',
    },
    exit: 1,
    nodes: { 'macro.oracle.fail': 'macro: error' },
    changes: [],
  },
];
