import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { type Fields, fields, number, text } from './json-fields.ts';
import { readColumns, readNode } from './manifest-node.ts';

/**
 * dbt's artifacts, read tolerantly: dbt 1.x and 2.x write the same schema version with different
 * shapes, so only this small set of fields is read and everything else is ignored.
 * Source: https://docs.getdbt.com/reference/artifacts/dbt-artifacts
 */
export interface ManifestNode {
  readonly uniqueId: string;
  readonly resourceType: string;
  readonly name: string;
  readonly alias: string;
  readonly packageName: string;
  readonly database: string;
  readonly schema: string;
  /** For sources: the table's name in the warehouse, which may differ from `name`. */
  readonly identifier: string;
  /** The quoted relation as dbt writes it in SQL; empty when there is none (ephemeral, tests). */
  readonly relationName: string;
  readonly originalFilePath: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly materialized: string;
  readonly access: string;
  readonly group: string;
  readonly owner: string;
  readonly checksum: string;
  readonly compiledCode: string;
  readonly rawCode: string;
  readonly language: string;
  /** Direct parents, unique_ids, without duplicates. */
  readonly dependsOn: readonly string[];
  readonly columns: readonly ManifestColumn[];
  /** For tests. */
  readonly test?: {
    readonly name: string;
    readonly column: string;
    readonly attachedNode: string;
    readonly severity: string;
    readonly warnIf: string;
    readonly errorIf: string;
    readonly kwargs: Readonly<Record<string, unknown>>;
  };
  /** The node's config as dbt wrote it, untouched. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface ManifestColumn {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

export interface Manifest {
  readonly schemaVersion: string;
  readonly dbtVersion: string;
  readonly invocationId: string;
  readonly generatedAt: string;
  readonly adapterType: string;
  readonly projectName: string;
  /** metadata.env: what DBT_ENV_CUSTOM_ENV_* stamped into the artifact. */
  readonly env: Readonly<Record<string, string>>;
  /** Nodes, sources, exposures, unit tests, functions by unique_id. `disabled` is not in it. */
  readonly nodes: ReadonlyMap<string, ManifestNode>;
}

/** A result status in the words of the product; `raw` in NodeResult keeps dbt's own. */
export type NodeStatus = 'success' | 'failed' | 'warned' | 'skipped' | 'reused' | 'no-op';

export interface NodeResult {
  readonly uniqueId: string;
  readonly status: NodeStatus;
  /** dbt's word: success, error, fail, warn, skipped, pass, partial success, no-op, reused, runtime error. */
  readonly raw: string;
  readonly message: string;
  /** Number of failing rows of a test; null when dbt gives none. */
  readonly failures: number | null;
  /** Seconds. */
  readonly executionTime: number;
  readonly threadId: string;
  /** RFC 3339 of the timing entry `execute`; empty when dbt did not run it. */
  readonly startedAt: string;
  readonly completedAt: string;
  readonly compiledCode: string;
  readonly relationName: string;
  readonly adapterResponse: Readonly<Record<string, unknown>>;
}

export interface RunResults {
  readonly schemaVersion: string;
  readonly dbtVersion: string;
  readonly invocationId: string;
  readonly generatedAt: string;
  /** Seconds. */
  readonly elapsedTime: number;
  /** args.which: the command that wrote the file. */
  readonly which: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly results: readonly NodeResult[];
}

/** catalog.json: real columns and statistics by unique_id. */
export interface Catalog {
  readonly invocationId: string;
  readonly tables: ReadonlyMap<string, CatalogTable>;
}

export interface CatalogTable {
  readonly uniqueId: string;
  readonly columns: readonly ManifestColumn[];
  /** `num_rows`, `num_bytes`, … as dbt's catalog has them. */
  readonly stats: ReadonlyMap<string, number>;
}

/** The artifacts of one dbt invocation, parsed together. */
export interface DbtArtifacts {
  readonly manifest: Manifest;
  readonly runResults: RunResults | null;
  readonly catalog: Catalog | null;
}

const NODE_MAPS = ['nodes', 'sources', 'exposures', 'unit_tests', 'functions', 'saved_queries'] as const;

/** @throws ERR_LINEAGE_INCOMPLETE when the bytes are not one JSON object. */
export function readManifest(bytes: Uint8Array): Manifest {
  const json = parse(bytes, 'manifest.json');
  const metadata = fields(json['metadata']);
  const around = { groups: fields(json['groups']), parentMap: fields(json['parent_map']) };
  const entries = NODE_MAPS.flatMap((key) => Object.entries(fields(json[key])));
  const env = Object.entries(fields(metadata['env'])).map(([key, value]) => [key, text(value)]);
  return {
    schemaVersion: text(metadata['dbt_schema_version']),
    dbtVersion: text(metadata['dbt_version']),
    invocationId: text(metadata['invocation_id']),
    generatedAt: text(metadata['generated_at']),
    adapterType: text(metadata['adapter_type']),
    projectName: text(metadata['project_name']),
    env: Object.fromEntries(env),
    nodes: new Map(entries.map(([id, node]) => [id, readNode(id, fields(node), around)])),
  };
}

/** @throws ERR_LINEAGE_INCOMPLETE when the bytes are not one JSON object. */
export function readRunResults(bytes: Uint8Array): RunResults {
  const json = parse(bytes, 'run_results.json');
  const metadata = fields(json['metadata']);
  const args = fields(json['args']);
  const results = Array.isArray(json['results']) ? json['results'] : [];
  return {
    schemaVersion: text(metadata['dbt_schema_version']),
    dbtVersion: text(metadata['dbt_version']),
    invocationId: text(metadata['invocation_id']),
    generatedAt: text(metadata['generated_at']),
    elapsedTime: number(json['elapsed_time']),
    which: text(args['which'], args['command']),
    args,
    results: results.map((result) => readResult(fields(result))),
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
          columns: readColumns(fields(table)['columns']),
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
