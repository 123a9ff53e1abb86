/** Small dbt projects and their events, for the tests of this folder. */
import type { Catalog, ManifestNode, NodeResult } from '../../src/dbt/artifacts.ts';
import type { RunFact } from '../../src/dbt/invocation.ts';
import type { StateNodes } from '../../src/dbt/state.ts';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import type { LineageInput } from '../../src/lineage/scope.ts';
import * as records from '../support/records.ts';

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly inputFacets?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly outputFacets?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A RunEvent as the tests read it. */
export interface RunEvent {
  readonly eventType: string;
  readonly eventTime: string;
  readonly run: {
    readonly runId: string;
    readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  readonly job: {
    readonly namespace: string;
    readonly name: string;
    readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

export function node(uniqueId: string, change: Partial<ManifestNode> = {}): ManifestNode {
  return { ...records.manifestNode(uniqueId), ...change };
}

/** One command of dbt with a manifest of these nodes and these results. */
export function run(
  nodes: readonly ManifestNode[],
  results: readonly NodeResult[],
  change: {
    which?: string;
    runId?: string;
    catalog?: Catalog;
    adapterType?: string;
    args?: Readonly<Record<string, unknown>>;
    state?: StateNodes;
  } = {},
): RunFact {
  const base = records.artifacts(results, change.which);
  const runResults = base.runResults && {
    ...base.runResults,
    args: change.args ?? {},
    invocationId: change.runId ?? base.runResults.invocationId,
  };
  const adapterType = change.adapterType ?? 'duckdb';
  const manifest = { ...base.manifest, adapterType, nodes: new Map(nodes.map((one) => [one.uniqueId, one])) };
  return {
    invocation: records.invocation(change.state && { state: change.state }),
    artifacts: { manifest, runResults, catalog: change.catalog ?? null },
  };
}

export function input(runs: readonly RunFact[], change: Partial<LineageInput> = {}): LineageInput {
  return {
    runs,
    identity: records.identity(),
    decision: records.ALLOWED,
    trace: records.TRACE,
    context: records.RUN_CONTEXT,
    grants: new Map([['local', records.GRANT]]),
    producer: 'https://github.com/dbt-passport/dbt-passport/tree/v0.1.0',
    projectDir: '.',
    ...change,
  };
}

export function events(runs: readonly RunFact[], change: Partial<LineageInput> = {}): readonly RunEvent[] {
  return openLineageEvents(input(runs, change)) as unknown as readonly RunEvent[];
}

/** The last event of a job, which says how it ended; undefined when there is none. */
export function endOf(all: readonly RunEvent[], job: string): RunEvent | undefined {
  return all.findLast((event) => event.job.name === job);
}

export function namesOf(datasets: readonly Dataset[] | undefined): readonly string[] | undefined {
  return datasets?.map((dataset) => dataset.name);
}

/** Names of inputs with how each is known: `jaffle.main.orders read`. */
export function basesOf(event: RunEvent | undefined): readonly string[] | undefined {
  return event?.inputs.map(
    ({ name, inputFacets }) => `${name} ${inputFacets?.['dbtPassport_edge']?.['basis']}`,
  );
}
