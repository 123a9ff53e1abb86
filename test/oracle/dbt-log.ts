/** dbt's own debug log, as JSON lines: the SQL that it sent for each node, and the counts of its last line. */

export interface Statement {
  /** unique_id of the node that the statement is for; empty for dbt's own. */
  readonly node: string;
  readonly sql: string;
  /** `failed`: the database refused it. `undone`: carried out, and undone by a rollback, so that it only read. */
  outcome: 'failed' | 'undone' | 'kept';
}

/** dbt's last line: `Done. PASS=1 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=1`. */
export interface Done {
  readonly pass: number;
  readonly warn: number;
  readonly error: number;
  readonly skip: number;
  readonly noop: number;
}

export interface DbtLog {
  /** In the order in which dbt sent them; without those that begin and end transactions. */
  readonly statements: readonly Statement[];
  /** Null when dbt printed no such line. */
  readonly done: Done | null;
}

interface Line {
  readonly info: { readonly name: string; readonly thread: string; readonly msg: string };
  readonly data: {
    readonly conn_name?: string;
    readonly sql?: string;
    readonly node_info?: { readonly unique_id?: string };
    readonly stats?: Readonly<Record<string, number>>;
  };
}

export function readDbtLog(text: string): DbtLog {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Line => JSON.parse(line));
  let done: Done | null = null;
  for (const { info, data } of lines) {
    if (info.name !== 'StatsLine') continue;
    const { pass = 0, warn = 0, error = 0, skip = 0, noop = 0 } = data.stats ?? {};
    done = { pass, warn, error, skip, noop };
  }
  return { statements: statements(lines), done };
}

/** What is open while the log is read: statements without an answer by thread, transactions by connection. */
interface Open {
  readonly asked: Map<string, { readonly connection: string; readonly statement: Statement }>;
  readonly transactions: Map<string, Statement[]>;
}

function statements(lines: readonly Line[]): readonly Statement[] {
  const open: Open = { asked: new Map(), transactions: new Map() };
  const sent = lines.flatMap((line) => read(line, open));
  for (const connection of [...open.transactions.keys()]) rollBack(connection, open);
  return sent;
}

/** One line of the log: the statement that it sends, if it sends one. */
function read({ info, data }: Line, open: Open): readonly Statement[] {
  const connection = data.conn_name ?? '';
  if (info.name === 'SQLQueryStatus') answered(info.thread, open);
  if (/^Rollback|^ConnectionClosed/.test(info.name)) rollBack(connection, open);
  if (info.name !== 'SQLQuery') return [];
  const node = data.node_info?.unique_id ?? nodeOf(connection);
  const statement: Statement = { node, sql: data.sql ?? '', outcome: 'failed' };
  open.asked.set(info.thread, { connection, statement });
  return transactionWord(statement) === null ? [statement] : [];
}

function answered(thread: string, { asked, transactions }: Open): void {
  const it = asked.get(thread);
  asked.delete(thread);
  if (it === undefined) return;
  const { connection, statement } = it;
  const word = transactionWord(statement);
  if (word === 'BEGIN') transactions.set(connection, []);
  else if (word === 'COMMIT') transactions.delete(connection);
  else {
    statement.outcome = 'kept';
    transactions.get(connection)?.push(statement);
  }
}

function rollBack(connection: string, { transactions }: Open): void {
  for (const statement of transactions.get(connection) ?? []) statement.outcome = 'undone';
  transactions.delete(connection);
}

function transactionWord({ sql }: Statement): string | null {
  const word = sql.trim().replace(/;$/, '').toUpperCase();
  return word === 'BEGIN' || word === 'COMMIT' ? word : null;
}

/** A connection is named after the node that it serves. */
function nodeOf(connection: string): string {
  return /^(model|test|seed|snapshot|operation|unit_test|source)\./.test(connection) ? connection : '';
}
