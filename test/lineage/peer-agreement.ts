/**
 * Compares our events with the events that the OpenLineage dbt integration (dbt-ol) is expected to give for the
 * same artifacts. Compared are facts: which job ends how, what it reads, what it writes, in which namespace its
 * datasets are, and what its tests assert. Only what the expected event states is compared.
 */
import type { DbtArtifacts, ManifestNode } from '../../src/dbt/artifacts.ts';
import { isGeneric } from '../../src/lineage/assertions.ts';
import { datasetNames, placeOf } from '../../src/lineage/dataset-name.ts';
import { dialectOf, folded } from '../../src/lineage/dialect.ts';
import { testedNodes } from '../../src/lineage/parents.ts';
import type { DuckDbGrant } from '../../src/policy/grant-types.ts';
import * as records from '../support/records.ts';
import { peerArtifacts, peerFile } from './peer-artifacts.ts';
import { type Dataset, events, type RunEvent } from './project.ts';

export interface Agreement {
  readonly compared: number;
  /** One line for each fact in which we differ: `folder index: what`. */
  readonly differences: readonly string[];
  /** Jobs that we have an event for and the peer has not: `eventType jobType`. */
  readonly more: readonly string[];
}

type PeerEvent = Pick<RunEvent, 'eventType' | 'job'> & Partial<Pick<RunEvent, 'inputs' | 'outputs'>>;

export function agreement(folder: string): Agreement {
  const artifacts = peerArtifacts(`${folder}/target`);
  const written: readonly PeerEvent[] = JSON.parse(text(`${folder}/result.json`));
  const expected = written.map((event) => inWarehouseCase(event, artifacts.manifest.adapterType));
  const runs = [{ invocation: records.invocation(), artifacts }];
  const ours = underPeerNames(events(runs, { grants: grantsOf(folder) }), artifacts);
  const dropped = droppedByPeer(artifacts);
  const matched = new Set<RunEvent>();
  const differences = expected.flatMap((peer, index) => {
    const match = ours.find(
      (event) => event.eventType === peer.eventType && event.job.name === peer.job.name,
    );
    if (match === undefined) return [`${folder} ${index}: no ${peer.eventType} of ${peer.job.name}`];
    matched.add(match);
    return eventDifferences(peer, match, dropped).map((difference) => `${folder} ${index}: ${difference}`);
  });
  const more = ours.filter((event) => !matched.has(event));
  return {
    compared: expected.length,
    differences,
    more: more.map((event) => `${event.eventType} ${event.job.facets['jobType']?.['jobType']}`),
  };
}

/** dbt-ol names datasets in the case of the manifest; ours are in that of the warehouse. */
function inWarehouseCase(event: PeerEvent, adapterType: string): PeerEvent {
  const dialect = dialectOf(adapterType);
  const named = (datasets: readonly Dataset[]) =>
    datasets.map((dataset) => {
      const parts = dataset.name.split('.').map((part) => folded(part, false, dialect));
      return { ...dataset, name: parts.join('.') };
    });
  const { inputs, outputs, ...rest } = event;
  return { ...rest, ...(inputs && { inputs: named(inputs) }), ...(outputs && { outputs: named(outputs) }) };
}

/** Our events as dbt-ol has them: under its names, and with one job for all generic tests of a dataset. */
function underPeerNames(ours: readonly RunEvent[], artifacts: DbtArtifacts): readonly RunEvent[] {
  const named = ours.map((event) => inPeerJob(event, artifacts));
  const jobs = Map.groupBy(named, ({ eventType, job }) => `${eventType === 'START'} ${job.name}`);
  return [...jobs.values()].flatMap((group) => {
    const first = group.find(({ eventType }) => eventType === 'FAIL') ?? group[0];
    return first === undefined ? [] : [{ ...first, inputs: mergedInputs(group) }];
  });
}

const SUFFIXES = new Map([
  ['model', ''],
  ['seed', '.seed'],
  ['snapshot', '.snapshot'],
  ['test', '.test'],
]);

/** The name `database.schema.package.name` and a suffix by command and kind. A generic test is of what it tests. */
function inPeerJob(event: RunEvent, { manifest, runResults }: DbtArtifacts): RunEvent {
  const node = manifest.nodes.get(event.job.name);
  const of = node !== undefined && isGeneric(node) ? testedNodes(manifest, node) : [];
  const subject = node?.resourceType === 'test' ? of[0] : node;
  const suffix = SUFFIXES.get(node?.resourceType ?? '');
  if (subject === undefined || suffix === undefined || of.length > 1) return event;
  const path = subject.uniqueId.replace(/^(model|seed|snapshot)\./, '');
  const base = [subject.database, subject.schema, path].filter((part) => part !== '').join('.');
  const build = runResults?.which === 'build' ? `.build${suffix === '' ? '.run' : ''}` : '';
  const [name] = namesIn(subject, manifest.adapterType);
  const inputs = subject === node ? event.inputs : event.inputs.filter((dataset) => dataset.name === name);
  return { ...event, inputs, job: { ...event.job, name: `${base}${build}${suffix}` } };
}

/** Each dataset once, with the assertions of all. */
function mergedInputs(group: readonly RunEvent[]): readonly Dataset[] {
  const inputs = Map.groupBy(
    group.flatMap((event) => event.inputs),
    ({ name }) => name,
  );
  return [...inputs.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const assertions = [first, ...others].flatMap(assertionsOf);
    return [{ ...first, inputFacets: { dataQualityAssertions: { assertions } } }];
  });
}

function eventDifferences(peer: PeerEvent, ours: RunEvent, dropped: ReadonlySet<string>): string[] {
  const inputs = ours.inputs.filter(({ name }) => !dropped.has(name));
  return [
    ...(peer.inputs === undefined ? [] : datasetDifferences('input', peer.inputs, inputs)),
    ...(peer.outputs === undefined ? [] : datasetDifferences('output', peer.outputs, ours.outputs)),
  ];
}

function datasetDifferences(kind: string, peer: readonly Dataset[], ours: readonly Dataset[]): string[] {
  const missing = peer.filter((dataset) => !ours.some((own) => own.name === dataset.name));
  const extra = ours.filter((dataset) => !peer.some((theirs) => theirs.name === dataset.name));
  const both = peer.flatMap((dataset) => {
    const own = ours.find(({ name }) => name === dataset.name);
    return own === undefined ? [] : [[dataset, own] as const];
  });
  return [
    ...missing.map(({ name }) => `${kind} ${name} is only theirs`),
    ...extra.map(({ name }) => `${kind} ${name} is only ours`),
    ...both
      .filter(([theirs, own]) => !sameNamespace(theirs.namespace, own.namespace))
      .map(([theirs, own]) => `${kind} namespace ${theirs.namespace} is ${own.namespace}`),
    ...both.flatMap(([theirs, own]) => assertionDifferences(theirs, own)),
  ];
}

/** Without a grant for the adapter, ours is the adapter's name alone: the scheme of theirs. */
function sameNamespace(theirs: string, ours: string): boolean {
  return theirs === ours || theirs.startsWith(`${ours}://`);
}

function assertionDifferences(theirs: Dataset, ours: Dataset): string[] {
  const expected = assertionsOf(theirs);
  // An expected event may carry placeholder assertions on START, before any test has run.
  if (expected.length === 0 || ours.facets === undefined) return [];
  const own = assertionsOf(ours);
  if (own.length !== expected.length)
    return [`${own.length} assertions on ${ours.name}, not ${expected.length}`];
  const unmatched = expected.filter(
    (theirAssertion) =>
      !own.some((assertion) =>
        Object.entries(theirAssertion).every(([key, value]) => value === null || assertion[key] === value),
      ),
  );
  return unmatched.map((assertion) => `no assertion ${JSON.stringify(assertion)}`);
}

function assertionsOf(dataset: Dataset): readonly Readonly<Record<string, unknown>>[] {
  const assertions = dataset.inputFacets?.['dataQualityAssertions']?.['assertions'];
  return Array.isArray(assertions) ? assertions : [];
}

/** Seeds and snapshots: inputs that dbt-ol leaves out. */
function droppedByPeer({ manifest }: DbtArtifacts): ReadonlySet<string> {
  return new Set(
    [...manifest.nodes.values()]
      .filter(({ resourceType }) => resourceType === 'seed' || resourceType === 'snapshot')
      .flatMap((node) => namesIn(node, manifest.adapterType)),
  );
}

function namesIn(node: ManifestNode, adapterType: string): readonly string[] {
  return datasetNames(placeOf(node, dialectOf(adapterType)), '').map(({ name }) => name);
}

/** The grant a policy would have: only DuckDB has one, with the path of the profile. */
function grantsOf(folder: string): ReadonlyMap<string, DuckDbGrant> {
  const path = /^\s*path: (.+)$/m.exec(text(`${folder}/profiles.yml`))?.[1];
  return path === undefined ? new Map() : new Map([['local', { ...records.GRANT, path }]]);
}

function text(path: string): string {
  return new TextDecoder().decode(peerFile(path) ?? new Uint8Array());
}
