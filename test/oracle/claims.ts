import type { Statement } from './dbt-log.ts';
import type { Dataset, Evidence, LineageEvent } from './evidence.ts';
import type { Program } from './python.ts';

/** What one node did by the SQL that dbt logged for it, and what the lineage claims of it. */
export interface NodeRun {
  /** Place of the command. */
  readonly command: number;
  readonly node: string;
  /** Null when the lineage says nothing of it. */
  readonly event: LineageEvent | null;
  /** Names of relations, `database.schema.table`, as lower case; names of files as they are, after `file:`. */
  readonly wrote: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
  /** With those of statements that failed: what stands in the SQL. */
  readonly named: ReadonlySet<string>;
  /** Statements that the parser does not know. */
  readonly unparsed: readonly string[];
}

interface Parsed {
  readonly writes: readonly (readonly string[])[];
  readonly reads: readonly (readonly string[])[];
  readonly drops: readonly (readonly string[])[];
  readonly renames: readonly (readonly [from: readonly string[], to: readonly string[]])[];
  readonly writtenFiles: readonly string[];
  readonly readFiles: readonly string[];
  readonly error: string;
}

/** Where an unqualified name leads. */
export interface Home {
  readonly dialect: 'duckdb' | 'postgres';
  readonly database: string;
  readonly schema: string;
}

export const FILE = 'file:';

export async function nodeRuns(evidence: Evidence, home: Home, parser: Program): Promise<readonly NodeRun[]> {
  const runs: NodeRun[] = [];
  for (const [command, { log }] of evidence.commands.entries()) {
    const events = ends(evidence.events, evidence.predicate.dbt?.invocations[command]?.invocationId ?? '');
    const logged = log.statements.map(({ node }) => node).filter(Boolean);
    for (const node of new Set([...logged, ...events.keys()])) {
      const own = log.statements.filter((statement) => statement.node === node);
      const request = { dialect: home.dialect, statements: own.map(({ sql }) => sql) };
      const parsed = ((await parser.ask(request)) as readonly Parsed[]).map((parts, at) => ({
        ...parts,
        ...(own[at] ?? fail()),
      }));
      runs.push({ command, node, event: events.get(node) ?? null, ...effects(parsed, home) });
    }
  }
  return runs;
}

function fail(): never {
  throw new Error('the parser gave another number of answers');
}

/** The last event of each node of one command. */
function ends(events: readonly LineageEvent[], invocation: string): ReadonlyMap<string, LineageEvent> {
  return new Map(
    events.flatMap((event) => {
      const facet = event.run.facets['dbtPassport_dbt'];
      const id = facet?.['uniqueId'];
      return event.eventType !== 'START' && facet?.['invocationId'] === invocation && typeof id === 'string'
        ? [[id, event] as const]
        : [];
    }),
  );
}

function effects(parsed: readonly (Parsed & Statement)[], home: Home) {
  const full = (parts: readonly string[]) => nameOf(parts, home);
  const wrote = new Set<string>();
  for (const parts of parsed.filter(({ outcome }) => outcome === 'kept')) {
    for (const name of written(parts, full)) wrote.add(name);
    for (const dropped of parts.drops) wrote.delete(full(dropped));
    for (const [from, to] of parts.renames) {
      wrote.delete(full(from));
      // The new name stands in the schema of the old one.
      wrote.add(full([...from.slice(0, -1), ...to.slice(-1)]));
    }
  }
  const reads = ({ reads, readFiles }: Parsed) => [
    ...reads.map(full),
    ...readFiles.map((path) => `${FILE}${path}`),
  ];
  return {
    wrote,
    read: new Set(parsed.filter(({ outcome }) => outcome !== 'failed').flatMap(reads)),
    named: new Set(parsed.flatMap(reads)),
    unparsed: parsed.flatMap(({ error, sql }) => (error === '' ? [] : [`${error}: ${sql}`])),
  };
}

function written({ writes, writtenFiles }: Parsed, full: (parts: readonly string[]) => string) {
  return [...writes.map(full), ...writtenFiles.map((path) => `${FILE}${path}`)];
}

function nameOf(parts: readonly string[], { database, schema }: Home): string {
  const missing = [database, schema].slice(0, Math.max(0, 3 - parts.length));
  return [...missing, ...parts].join('.').toLowerCase();
}

/** A dataset as the sets of a node run name it. */
export function keyOf({ namespace, name }: Dataset): string {
  return /^file\b/.test(namespace) ? `${FILE}${name}` : name.toLowerCase();
}

/** Whether two names of a file can be the same: the log has it as the project wrote it, the lineage from the root. */
export function isNamed(names: ReadonlySet<string>, key: string): boolean {
  if (!key.startsWith(FILE)) return names.has(key);
  const path = key.slice(FILE.length);
  return [...names].some((other) => {
    if (!other.startsWith(FILE)) return false;
    const written = other.slice(FILE.length).replace(/^\.\//, '');
    return path === written || path.endsWith(`/${written}`) || written.endsWith(`/${path}`);
  });
}
