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
  /** For sources: the thresholds of their freshness, empty texts where there is none. */
  readonly freshness?: { readonly warnAfter: string; readonly errorAfter: string };
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
  /** Of the nodes that the command executed. */
  readonly results: readonly NodeResult[];
  /** unique_ids of the nodes for which dbt wrote a result although the command did not execute them: see effect.ts. */
  readonly unexecuted: readonly string[];
}

/** How fresh a source was when `source freshness` asked: a row of sources.json, or a source that dbt could not measure. */
export interface SourceFreshness {
  readonly uniqueId: string;
  /** `error`: past `error_after`. `not measured`: its query failed, or dbt left nothing of it. */
  readonly status: 'pass' | 'warn' | 'error' | 'not measured';
  /** Null when not measured. */
  readonly ageSeconds: number | null;
  /** RFC 3339: the newest load that the warehouse has, and when it was asked. Empty when not measured. */
  readonly maxLoadedAt: string;
  readonly measuredAt: string;
  /** e.g. `6 hours`; empty when the source has no such threshold. */
  readonly warnAfter: string;
  readonly errorAfter: string;
  /** dbt's message for a query that failed, else empty. */
  readonly message: string;
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
  /** sources.json: what `source freshness` measured. Absent for other commands. */
  readonly sources?: readonly SourceFreshness[];
}
