import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../src/lineage/dialect.ts';
import { sqlReads } from '../../src/lineage/sql-reads.ts';
import { textOf, tokensOf } from '../../src/lineage/sql-tokens.ts';

const ADAPTERS = [
  'duckdb',
  'postgres',
  'redshift',
  'snowflake',
  'bigquery',
  'databricks',
  'athena',
  'fabric',
  'an-adapter',
];

function reads(sql: string, adapter = 'duckdb') {
  const found = sqlReads(sql, dialectOf(adapter));
  return (name: string) => found.hasTable(name.split('.'));
}

describe('sqlReads', () => {
  it.each([
    ['select * from "shop"."main"."orders"', 'shop.main.orders'],
    ['select 1 from a.b join shop . main . orders as o on true', 'shop.main.orders'],
    ['select * from a.b x, shop.main.orders', 'shop.main.orders'],
    ['select * from (a.b cross join shop.main.orders)', 'shop.main.orders'],
    ['with o as (select * from shop.main.orders) select * from o', 'shop.main.orders'],
    ['select (select max(id) from shop.main.orders) from a.b', 'shop.main.orders'],
    ['select extract(year from d) from shop.main.orders', 'shop.main.orders'],
    ['select * from only shop.main.orders', 'shop.main.orders'],
    ['select f(a, b) from a.b, lateral (select 1 from shop.main.orders)', 'shop.main.orders'],
    ['select 1 from a.b where c in (1, 2) union all select 2 from shop.main.orders', 'shop.main.orders'],
    ['SELECT * FROM Shop.Main.Orders', 'shop.main.orders'],
  ])('finds the table in %s', (sql, name) => {
    expect(reads(sql)(name)).toBe(true);
  });

  it.each([
    ['a comment', '-- from shop.main.orders\nselect 1'],
    ['a block comment', 'select 1 /* from shop.main.orders */'],
    ['a comment in a comment', 'select 1 /* /* a */ from shop.main.orders */'],
    ['a text', "select 'from shop.main.orders'"],
    ['a text with a quote', "select 'it''s from shop.main.orders'"],
    ['a text with escapes', "select e'\\' from shop.main.orders'"],
    ['a dollar quote', 'select $$ from shop.main.orders $$, $a$ $$ from shop.main.orders $a$'],
    ['one quoted name', 'select * from "shop.main.orders"'],
    ['a column', 'select shop.main.orders from a.b'],
    ['a function', 'select * from shop.main.orders(1)'],
    ['a longer name', 'select * from shop.main.orders.id, x.shop.main.orders'],
    ['a part of a field', 'select extract(day from shop.main.orders) from a.b'],
    ['a comparison', 'select a is distinct from shop.main.orders from a.b'],
    ['a list outside FROM', 'select 1 from a.b where c in (shop.main.orders) order by 1, shop.main.orders'],
    ['what is left open', 'select * from a.b /* from shop.main.orders'],
    ['a name that does not end', 'select * from shop.main.orders.*'],
  ])('does not take %s for a table that is read', (_, sql) => {
    expect(reads(sql)('shop.main.orders')).toBe(false);
  });

  it.each([
    ['snowflake', 'select * from db.s.orders', 'DB.S.ORDERS'],
    ['snowflake', 'select * from db.s."orders"', 'DB.S.orders'],
    ['snowflake', "select 'a\\' // -- ' from db.s.orders // from x.y.z", 'DB.S.ORDERS'],
    ['postgres', 'select * from "Db".S.Orders', 'Db.s.orders'],
    ['redshift', 'select * from "Db"."S"."Orders"', 'db.s.orders'],
    ['databricks', 'select "-- a" from `Workspace`.dbt.`X`', 'workspace.dbt.x'],
    ['bigquery', 'select * from `my-project`.raw.Orders # from a.b.c', 'my-project.raw.Orders'],
    ['bigquery', 'select * from `my-project.raw.Orders`', 'my-project.raw.Orders'],
    ['bigquery', 'select * from my-big-project.raw.Orders', 'my-big-project.raw.Orders'],
    ['bigquery', 'select """ " from x """, r\'a\' from `p`.d.t', 'p.d.t'],
    ['fabric', 'select * from [My Db].[dbo].[Orders]]x]', 'My Db.dbo.Orders]x'],
    ['athena', 'select * from "awsdatacatalog"."S"."orders"', 'awsdatacatalog.s.orders'],
  ])('FF-A11: reads names as %s has them: %s', (adapter, sql, name) => {
    expect(reads(sql, adapter)(name)).toBe(true);
  });

  it('stops when all that it is asked for is found, and finds the same', () => {
    const sql = 'select * from a.b join c.d using (id) -- c.e\njoin e.f using (id)';
    const only = (...names: readonly string[]) =>
      sqlReads(
        sql,
        dialectOf('duckdb'),
        names.map((name) => name.split('.')),
      );
    expect(only('A.B', 'c.d').hasTable(['c', 'd'])).toBe(true);
    expect(only('a.b').hasTable(['e', 'f'])).toBe(false);
    expect(only('a.b', 'e.f').hasTable(['e', 'f'])).toBe(true);
    expect(only('a.b', 'c.e').hasTable(['c', 'e'])).toBe(false);
    expect(only().hasTable(['e', 'f'])).toBe(true);
  });

  it('FF-A10: finds files where a table is read, and not as values', () => {
    const found = (sql: string) => sqlReads(sql, dialectOf('duckdb')).hasFile('data/a.csv');
    expect(found("select * from 'data/a.csv' as a")).toBe(true);
    expect(found("select * from read_csv('data/a.csv', header = true)")).toBe(true);
    expect(found("select * from t.b join read_csv(['x.csv', 'data/a.csv'])")).toBe(true);
    expect(found("select 'data/a.csv' from t.b where x = 'data/a.csv'")).toBe(false);
    expect(found("select * from read_csv('x.csv', delim = 'data/a.csv')")).toBe(false);
    expect(found("-- from 'data/a.csv'\nselect 1")).toBe(false);
  });
});

const ODD = fc.constantFrom(
  ...[
    "'",
    '"',
    '`',
    '[',
    ']',
    '$$',
    '$a$',
    '--',
    '/*',
    '*/',
    '#',
    '//',
    '\\',
    '\n',
    ' ',
    'e',
    'from',
    'join',
    '(',
    ')',
  ],
  ...[',', '.', '-', ';', "'''", 'a', '1.5', 'é', '\ud800', '\u00a0', '😀'],
);
const SQL = fc
  .array(fc.oneof(ODD, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 60 })
  .map((all) => all.join(''));

describe('tokensOf', () => {
  it('is total: any text in any dialect has tokens, which stand in it in their order', () => {
    fc.assert(
      fc.property(SQL, fc.constantFrom(...ADAPTERS), (sql, adapter) => {
        let at = 0;
        for (const token of tokensOf(sql, dialectOf(adapter))) {
          const start = sql.indexOf(token.raw, at);
          expect(start).toBeGreaterThanOrEqual(at);
          expect(token.raw).not.toBe('');
          at = start + token.raw.length;
          textOf(token, dialectOf(adapter));
        }
        sqlReads(sql, dialectOf(adapter));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives back any text and any name that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const quoted = (quote: string) => `${quote}${text.replaceAll(quote, quote + quote)}${quote}`;
        for (const [quote, kind] of [
          ["'", 'text'],
          ['"', 'name'],
        ] as const) {
          const dialect = dialectOf('postgres');
          const tokens = tokensOf(`${quoted(quote)} x`, dialect);
          expect(tokens.map((token) => [token.kind, textOf(token, dialect)])).toEqual([
            [kind, text],
            ['word', 'x'],
          ]);
        }
        const escaped = `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
        const [token] = tokensOf(escaped, dialectOf('databricks'));
        expect(token && textOf(token, dialectOf('databricks'))).toBe(text);
      }),
    );
  });

  it('hides nothing behind a text or a comment, whatever is in it, and shows nothing that is inside', () => {
    const inside = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        inside,
        fc.constantFrom('duckdb', 'snowflake', 'bigquery', 'databricks'),
        (text, adapter) => {
          const safe = `${text.replaceAll(/[\\'\n*/]/g, '')} from a.hidden.t `;
          const sql = `select '${safe}' /*${safe}*/ from a.seen.t --${safe}`;
          const names = sqlReads(sql, dialectOf(adapter))
            .named('t')
            .concat(sqlReads(sql, dialectOf(adapter)).named('T'));
          expect(new Set(names.map((parts) => parts.join('.').toLowerCase()))).toEqual(new Set(['a.seen.t']));
        },
      ),
    );
  });

  it('takes time in proportion to the length, whatever is left open', () => {
    for (const part of [
      "'a\\",
      "''",
      '/* ',
      '/*/',
      '$a$',
      '"a" ',
      '--',
      'x.',
      '(',
      "e'",
      '`\\',
      ',',
      "'''",
    ]) {
      const sql = part.repeat(100_000);
      const started = performance.now();
      for (const adapter of ADAPTERS) sqlReads(sql, dialectOf(adapter));
      expect(performance.now() - started, part).toBeLessThan(5_000);
    }
  });
});
