import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import type { Catalog, Manifest, NodeResult, NodeStatus, RunResults, SourceFreshness } from './artifacts.ts';
import { effectOf, kindOf } from './effect.ts';
import { type Fields, fields, number, text } from './json-fields.ts';
import { readColumns, readNode } from './manifest-node.ts';
import { readSource } from './read-source.ts';

const NODE_MAPS = ['nodes', 'sources', 'exposures', 'unit_tests', 'functions', 'saved_queries'] as const;

/** @throws ERR_LINEAGE_INCOMPLETE when the bytes are not one JSON object. */
export function readManifest(bytes: Uint8Array): Manifest {
  const json = parse(bytes, 'manifest.json');
  const metadata = fields(json['metadata']);
  const around = { groups: fields(json['groups']), parentMap: fields(json['parent_map']) };
  const entries = NODE_MAPS.flatMap((key) => Object.entries(fields(json[key])));
  const env = Object.entries(fields(metadata['env'])).map(([key, value]) => [key, text(value)]);
  return {
    ...origin(metadata),
    adapterType: text(metadata['adapter_type']),
    projectName: text(metadata['project_name']),
    env: Object.fromEntries(env),
    nodes: new Map(entries.map(([id, node]) => [id, readNode(id, fields(node), around)])),
  };
}

/** `selectors` of a manifest: the definitions in selectors.yml by name, those that name another one written out. */
export function readSelectors(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return fields(parse(bytes, 'manifest.json')['selectors']);
}

/** Which dbt wrote a file, when and in which invocation. */
function origin(metadata: Fields) {
  return {
    schemaVersion: text(metadata['dbt_schema_version']),
    dbtVersion: text(metadata['dbt_version']),
    invocationId: text(metadata['invocation_id']),
    generatedAt: text(metadata['generated_at']),
  };
}

/** @throws ERR_LINEAGE_INCOMPLETE when the bytes are not one JSON object. */
export function readRunResults(bytes: Uint8Array): RunResults {
  const json = parse(bytes, 'run_results.json');
  const args = fields(json['args']);
  const which = text(args['which'], args['command']);
  const results = Array.isArray(json['results']) ? json['results'] : [];
  return {
    ...origin(fields(json['metadata'])),
    elapsedTime: number(json['elapsed_time']),
    which,
    args,
    ...byEffect(
      which,
      results.map((result) => readResult(fields(result))),
    ),
  };
}

/** The sources that sources.json has measured. @throws ERR_LINEAGE_INCOMPLETE when the bytes are not one JSON object. */
export function readSources(bytes: Uint8Array): readonly SourceFreshness[] {
  const rows = parse(bytes, 'sources.json')['results'];
  return Array.isArray(rows) ? rows.map((row) => readSource(fields(row))) : [];
}

/** Only what was executed has a result, whatever dbt wrote for the rest. */
export function byEffect(
  which: string,
  rows: readonly NodeResult[],
): Pick<RunResults, 'results' | 'unexecuted'> {
  const wasExecuted = ({ uniqueId }: NodeResult) => effectOf(which, kindOf(uniqueId)) === 'executed';
  return {
    results: rows.filter(wasExecuted),
    unexecuted: rows.filter((row) => !wasExecuted(row)).map(({ uniqueId }) => uniqueId),
  };
}

const STATUSES: ReadonlyMap<string, NodeStatus> = new Map([
  ['success', 'success'],
  ['pass', 'success'],
  ['warn', 'warned'],
  ['skipped', 'skipped'],
  ['reused', 'reused'],
  ['no-op', 'no-op'],
]);

function readResult(result: Fields): NodeResult {
  const timing = Array.isArray(result['timing']) ? result['timing'].map(fields) : [];
  const execute = timing.find((entry) => entry['name'] === 'execute') ?? {};
  const raw = text(result['status']);
  return {
    uniqueId: text(result['unique_id']),
    // error, fail, runtime error, partial success, and any word that is not known
    status: STATUSES.get(raw) ?? 'failed',
    raw,
    message: text(result['message']),
    failures: typeof result['failures'] === 'number' ? result['failures'] : null,
    executionTime: number(result['execution_time']),
    threadId: text(result['thread_id']),
    startedAt: text(execute['started_at']),
    completedAt: text(execute['completed_at']),
    compiledCode: text(result['compiled_code']),
    relationName: text(result['relation_name']),
    adapterResponse: fields(result['adapter_response']),
  };
}

/** @throws ERR_LINEAGE_INCOMPLETE when the bytes are not one JSON object. */
export function readCatalog(bytes: Uint8Array): Catalog {
  const json = parse(bytes, 'catalog.json');
  const tables = [...Object.entries(fields(json['nodes'])), ...Object.entries(fields(json['sources']))];
  return {
    invocationId: text(fields(json['metadata'])['invocation_id']),
    tables: new Map(
      tables.map(([uniqueId, table]) => [
        uniqueId,
        {
          uniqueId,
          columns: readColumns(inOrder(fields(table)['columns'])),
          stats: new Map(
            Object.entries(fields(fields(table)['stats'])).flatMap(([name, stat]) => {
              const { value } = fields(stat);
              return typeof value === 'number' ? [[name, value] as const] : [];
            }),
          ),
        },
      ]),
    ),
  };
}

/** The columns of a catalog by their `index`, which is their place in the table; the order of the file means nothing. */
function inOrder(columns: unknown): readonly unknown[] {
  const place = (column: unknown) => number(fields(column)['index']);
  return Object.values(fields(columns)).sort((a, b) => place(a) - place(b));
}

function parse(bytes: Uint8Array, name: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PassportError('ERR_LINEAGE_INCOMPLETE', `${name} is not whole JSON: ${plain(String(error))}`, {
      hint: 'dbt was most likely stopped while it wrote the file, or the disk is full.',
    });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Fields;
  throw new PassportError('ERR_LINEAGE_INCOMPLETE', `${name} must be a JSON object`, {
    hint: 'This is no file of dbt; check what else writes to its target folder.',
  });
}
