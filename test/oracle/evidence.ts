import { unzipSync } from 'fflate';
import { type DbtLog, readDbtLog } from './dbt-log.ts';

/** The parts of a signed record that the oracle holds against the world. */
export interface Predicate {
  readonly status: string;
  readonly plan?: {
    readonly commands: readonly {
      readonly command: string;
      readonly nodes: readonly string[];
      readonly hooks?: readonly string[];
      readonly operation?: string;
    }[];
  };
  readonly dbt?: {
    readonly exitCode: number | null;
    readonly installed?: { readonly lockSha256?: string };
    readonly invocations: readonly Invocation[];
  };
  readonly lineage?: { readonly events: number };
}

export interface Invocation {
  readonly command: string;
  readonly invocationId: string;
  readonly exitCode: number;
  /** unique_ids by outcome. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly nodesWithHooks?: readonly string[];
  readonly freshness?: readonly {
    readonly source: string;
    readonly status: string;
    readonly maxLoadedAt?: string;
  }[];
}

/** An OpenLineage event of lineage.ndjson. */
export interface LineageEvent {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Readonly<Record<string, Facet>> };
  readonly job: { readonly name: string; readonly facets: Readonly<Record<string, Facet>> };
  /** Both are absent of a hook or an operation, of which it is not known what it touched. */
  readonly inputs?: readonly Dataset[];
  readonly outputs?: readonly Dataset[];
}

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Readonly<Record<string, Facet>>;
  readonly inputFacets?: Readonly<Record<string, Facet>>;
  readonly outputFacets?: Readonly<Record<string, Facet>>;
}

type Facet = Readonly<Record<string, unknown>>;

/** What one dbt command left in the artifact. */
export interface CommandFiles {
  /** `1-build` */
  readonly folder: string;
  readonly log: DbtLog;
  readonly manifest: Manifest | null;
  readonly results: readonly { readonly unique_id: string; readonly status: string }[];
}

export interface Manifest {
  readonly metadata: { readonly invocation_id: string };
  readonly nodes: Readonly<Record<string, ManifestNode>>;
  readonly sources: Readonly<Record<string, ManifestNode>>;
}

export interface ManifestNode {
  readonly unique_id: string;
  readonly resource_type: string;
  readonly relation_name: string | null;
  readonly database: string;
  readonly schema: string;
}

export interface Evidence {
  readonly predicate: Predicate;
  readonly events: readonly LineageEvent[];
  readonly commands: readonly CommandFiles[];
  readonly hasCatalog: boolean;
}

/** Reads an artifact. Its signature is other tests' subject. */
export function readEvidence(zip: Uint8Array): Evidence {
  const files = new Map(
    Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
  );
  const bundle = JSON.parse(files.get('dbt-evidence.sigstore.json') ?? '{}');
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
  const lines = (files.get('lineage.ndjson') ?? '').split('\n').filter(Boolean);
  const folders = [...files.keys()].flatMap((name) => /^dbt\/([^/]+)\/dbt\.log$/.exec(name)?.[1] ?? []);
  return {
    predicate: JSON.parse(payload).predicate,
    hasCatalog: [...files.keys()].some((name) => name.endsWith('/catalog.json')),
    events: lines.map((line): LineageEvent => JSON.parse(line)),
    commands: folders
      .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
      .map((folder) => {
        const file = (name: string) => files.get(`dbt/${folder}/${name}`);
        return {
          folder,
          log: readDbtLog(file('dbt.log') ?? ''),
          manifest: JSON.parse(file('manifest.json') ?? 'null'),
          results: JSON.parse(file('run_results.json') ?? '{"results":[]}').results,
        };
      }),
  };
}
