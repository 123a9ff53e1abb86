/** How a warehouse reads names and SQL, as far as lineage must know it. Key: dbt's adapter type. */
export interface Dialect {
  /**
   * The name that the warehouse keeps for a written one. `upper` and `lower` fold what is not quoted; `always-lower`
   * folds quoted names too; `ignored` keeps the letters as written and finds the name in any case; `kept` folds nothing.
   */
  readonly names: 'upper' | 'lower' | 'always-lower' | 'ignored' | 'kept';
  /** What `"…"` is. */
  readonly doubleQuotes: 'name' | 'text';
  /** Whether `\` takes the meaning of the next character in a text. */
  readonly backslashes: boolean;
  /** Starts of comments up to the end of the line, besides `--`. */
  readonly lineComments: '' | '#' | '//';
  readonly nestedComments: boolean;
  /** Whether `$$…$$` and `$tag$…$tag$` are texts. */
  readonly dollarQuotes: boolean;
  /** Whether `[…]` is a name. Elsewhere it is an array or an index. */
  readonly brackets: boolean;
  /** BigQuery: one pair of quotes may hold several parts, an unquoted project may have `-`, `'''` and `"""` are quotes. */
  readonly bigquery: boolean;
}

const STANDARD: Dialect = {
  names: 'kept',
  doubleQuotes: 'name',
  backslashes: false,
  lineComments: '',
  nestedComments: false,
  dollarQuotes: false,
  brackets: false,
  bigquery: false,
};

const POSTGRES: Dialect = { ...STANDARD, names: 'lower', nestedComments: true, dollarQuotes: true };
const SPARK: Dialect = {
  ...STANDARD,
  names: 'always-lower',
  doubleQuotes: 'text',
  backslashes: true,
  nestedComments: true,
};
const TRINO: Dialect = { ...STANDARD, names: 'always-lower' };
const SQL_SERVER: Dialect = { ...STANDARD, names: 'ignored', nestedComments: true, brackets: true };
const MYSQL: Dialect = { ...STANDARD, doubleQuotes: 'text', backslashes: true, lineComments: '#' };

/** Sources: the manuals of the warehouses on identifiers, literals and comments. Redshift folds quoted names by default too. */
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['athena', TRINO],
  ['bigquery', { ...MYSQL, bigquery: true }],
  ['clickhouse', { ...STANDARD, backslashes: true, lineComments: '#', nestedComments: true }],
  ['databricks', SPARK],
  ['duckdb', { ...POSTGRES, names: 'ignored' }],
  ['exasol', { ...STANDARD, names: 'upper' }],
  ['fabric', SQL_SERVER],
  ['glue', SPARK],
  ['greenplum', POSTGRES],
  ['mysql', MYSQL],
  ['oracle', { ...STANDARD, names: 'upper' }],
  ['postgres', POSTGRES],
  ['redshift', { ...POSTGRES, names: 'always-lower', backslashes: true }],
  ['snowflake', { ...STANDARD, names: 'upper', backslashes: true, lineComments: '//', dollarQuotes: true }],
  ['spark', SPARK],
  ['sqlserver', SQL_SERVER],
  ['starrocks', MYSQL],
  ['synapse', SQL_SERVER],
  ['trino', TRINO],
] as const);

export function dialectOf(adapterType: string): Dialect {
  return DIALECTS.get(adapterType) ?? STANDARD;
}

/** The name that the warehouse has for one written part of a name. */
export function folded(part: string, quoted: boolean, { names }: Dialect): string {
  if (names === 'always-lower' || (names === 'lower' && !quoted)) return part.toLowerCase();
  return names === 'upper' && !quoted ? part.toUpperCase() : part;
}

/** The same for names that mean the same relation, different for others. */
export function relationKey(parts: readonly string[], { names }: Dialect): string {
  const key = parts.join('\u0000');
  return names === 'ignored' ? key.toLowerCase() : key;
}
