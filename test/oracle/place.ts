import { join } from 'node:path';
import type { CloudPeers, PassportCall } from '../support/passport.ts';
import { PASSWORD, postgresByPassword } from '../support/postgres-by-password.ts';
import { dbtFor, toolPath } from '../support/tools.ts';
import type { Home } from './claims.ts';
import type { Relation } from './database.ts';
import { startProgram } from './python.ts';

/** A database that cases run against, and that can be looked at from outside of dbt. */
export interface Place {
  readonly home: Home;
  /** The grant, when it is not a DuckDB file in the workspace. */
  readonly clouds?: CloudPeers;
  /** The dbt that works on it. */
  readonly dbt: string;
  /** A target of profiles.yml, as another run had it. Nothing connects to it. */
  target(schema: string): Readonly<Record<string, unknown>>;
  /** What the step needs to reach it. */
  readonly call: Pick<PassportCall, 'env' | 'inputs'>;
  /** Makes the database anew: what every case has, then `sql`. */
  make(workspace: string, sql: string): Promise<void>;
  dump(workspace: string): Promise<readonly Relation[]>;
  close(): Promise<void>;
}

/** Orders 1 to 6, and customers 0 to 2. */
const TABLES = (numbers: (from: number, to: number) => string) => `
create schema raw;
create table raw.orders as
  select i as id, i % 3 as customer, i * 10 as amount, timestamp '2026-01-01' + interval '1 day' * i as placed
  from ${numbers(1, 6)} t(i);
create table raw.customers as select i as id, 'c' || i as name from ${numbers(0, 2)} t(i);
`;

/** A file in the workspace, which the dbt that wrote it reads. */
export function duckDb(): Place {
  const tables = startProgram(toolPath('dbt'), 'tables.py');
  const file = (workspace: string) => join(workspace, 'oracle.duckdb');
  const everyCase = TABLES((from, to) => `range(${from}, ${to + 1})`);
  return {
    home: { dialect: 'duckdb', database: 'oracle', schema: 'main' },
    dbt: toolPath('dbt'),
    target: (schema) => ({ type: 'duckdb', path: 'oracle.duckdb', schema }),
    call: {},
    make: async (workspace, sql) => {
      await tables.ask({ do: 'make', path: file(workspace), sql: `${everyCase}\n${sql}` });
    },
    dump: async (workspace) => {
      const answer = await tables.ask({ do: 'dump', path: file(workspace) });
      return (answer as { readonly relations: readonly Relation[] }).relations;
    },
    close: tables.close,
  };
}

/** One statement that gives every table and view as JSON; a checksum of rows in any order. */
const DUMP = `
create function pg_temp.rows_of(name text, out rows bigint, out checksum text) as $$
begin
  execute format('select count(*), coalesce(md5(string_agg(t::text, E''\\n'' order by t::text)), '''') from %s t', name)
    into rows, checksum;
end $$ language plpgsql;
select coalesce(json_agg(json_build_object(
  'schema', n.nspname, 'name', c.relname,
  'kind', case c.relkind when 'r' then 'table' else 'view' end,
  'columns', (select json_agg(a.attname order by a.attnum) from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'rows', r.rows,
  'contents', case c.relkind when 'r' then r.checksum else pg_get_viewdef(c.oid) end
)), '[]')
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
  lateral pg_temp.rows_of(format('%I.%I', n.nspname, c.relname)) r
where c.relkind in ('r', 'v', 'm') and n.nspname !~ '^(pg_|information_schema)';
`;

const CLEAR = `
do $$ declare one text; begin
  for one in select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)' loop
    execute format('drop schema %I cascade', one);
  end loop;
end $$;
create schema shop authorization dbt;
`;

const NOWHERE = { host: '127.0.0.1', port: 1, user: 'nobody', password: 'none' };

/** A real server. dbt logs in with a password, as the rule lets it: what the oracle asks is not who it was. */
export async function postgres(): Promise<Place> {
  const server = await postgresByPassword();
  const sql = (statements: string) => server.cluster.sql('analytics', statements);
  const everyCase = TABLES((from, to) => `generate_series(${from}, ${to})`);
  return {
    home: { dialect: 'postgres', database: 'analytics', schema: 'shop' },
    clouds: server,
    dbt: toolPath('warehouseDbt'),
    target: (schema) => ({ ...NOWHERE, type: 'postgres', dbname: 'analytics', schema }),
    call: { env: { PGPASSWORD: PASSWORD }, inputs: { dbt: dbtFor('warehouse') ?? toolPath('warehouseDbt') } },
    make: async (_, more) => {
      await sql(`set client_min_messages = error; ${CLEAR} set role dbt; ${everyCase} ${more}`);
    },
    dump: async () => JSON.parse(await sql(DUMP)),
    close: async () => {},
  };
}
