import type { DbtArtifacts, ManifestNode, NodeResult } from '../dbt/artifacts.ts';
import { type Fields, fields, text } from '../dbt/json-fields.ts';
import { DEFERRED_KINDS, type StateNodes } from '../dbt/state.ts';
import { isReadAt, type Place, placeOf } from './dataset-name.ts';
import { type Dialect, dialectOf, relationKey } from './dialect.ts';
import { type Execution, isPartial } from './execution.ts';
import { realParents } from './parents.ts';
import { SqlReads, sqlReads } from './sql-reads.ts';

/** `read`: the relation stands in the SQL that ran. `declared`: only the manifest says so. */
export type EdgeBasis = 'read' | 'declared';

/** One relation that a node takes in. */
export interface Input {
  /** The node that it stands for. */
  readonly node: ManifestNode;
  readonly place: Place;
  /** Whether it is the relation that this project gives the node; else it is one that dbt deferred to. */
  readonly own: boolean;
  readonly basis: EdgeBasis;
}

export interface Inputs {
  readonly known: readonly Input[];
  /** Parents of which it is not known which relation stands for them. */
  readonly unknown: readonly ManifestNode[];
}

/** Where the inputs are looked up. */
export interface InputSources {
  readonly artifacts: DbtArtifacts;
  /** What the command could defer to or clone; null when there was none, or it could not be read. */
  readonly state: StateNodes | null;
}

const NOTHING: Inputs = { known: [], unknown: [] };

/**
 * What a node read. The manifest says which nodes; which relation stands for each, and whether it was read, says the
 * SQL that ran: dbt defers some parents to relations of another run, and does not write down which.
 */
export function inputsOf(execution: Execution, { artifacts, state }: InputSources): Inputs {
  const { node, kind } = execution;
  const { manifest, runResults } = artifacts;
  if (node === null || kind === 'unit_test') return NOTHING;
  const dialect = dialectOf(manifest.adapterType);
  if (runResults?.which === 'clone') return clonedFrom(node, state, dialect);
  const found = node.language !== 'python' && hasRun(execution) ? 'read' : 'declared';
  const defers = runResults?.args['defer'] === true;
  const parentNodes = realParents(manifest, node);
  // Only what dbt can have deferred is looked for under names that are not known before.
  const asked = defers ? [] : parentNodes.map((parent) => placeOf(parent, dialect));
  const search = { reads: readsOf(execution, dialect, asked), dialect };
  const parents = parentNodes.map((parent) => {
    const deferral = defers && DEFERRED_KINDS.has(parent.resourceType) ? { state } : null;
    return { parent, ...placesIn(parent, { ...search, deferral }) };
  });
  return {
    known: parents.flatMap(({ parent, places, inSql }) =>
      places.map((at) => ({ node: parent, ...at, basis: inSql ? found : 'declared' })),
    ),
    unknown: parents.flatMap(({ parent, places }) => (places.length === 0 ? [parent] : [])),
  };
}

interface Search {
  /** Null without SQL. */
  readonly reads: SqlReads | null;
  /** Set when dbt could defer the parent; `state` null when it could not be read. */
  readonly deferral: { readonly state: StateNodes | null } | null;
  readonly dialect: Dialect;
}

type Candidate = Pick<Input, 'place' | 'own'>;

/**
 * Where a parent was read. What stands in the SQL is sure; without it, the parent's own relation when dbt had no
 * other to defer to. Where the state could not be read, a relation in the SQL that alone has the table's name is it.
 */
function placesIn(
  parent: ManifestNode,
  { reads, deferral, dialect }: Search,
): { readonly places: readonly Candidate[]; readonly inSql: boolean } {
  const candidates = candidatesFor(parent, deferral?.state ?? null, dialect);
  const standing = candidates.filter(({ place }) => reads !== null && isReadAt(place, reads));
  if (standing.length > 0) return { places: standing, inSql: true };
  const blind = deferral !== null && deferral.state === null;
  if (!blind) return { places: candidates.length === 1 ? candidates : [], inSql: false };
  const named = reads?.named(parent.alias === '' ? parent.name : parent.alias) ?? [];
  const places = named.map((parts): Candidate => ({ place: { kind: 'table', parts }, own: false }));
  return { places: places.length === 1 ? places : [], inSql: true };
}

/** Where the node can be: in its own relation, and in the one that it has in the state when that is another. */
function candidatesFor(node: ManifestNode, state: StateNodes | null, dialect: Dialect): readonly Candidate[] {
  const own = placeOf(node, dialect);
  const other = state?.get(node.uniqueId);
  if (other === undefined) return [{ place: own, own: true }];
  const there = placeOf(other, dialect);
  const same = keyOf(there, dialect) === keyOf(own, dialect);
  return [{ place: own, own: true }, ...(same ? [] : [{ place: there, own: false }])];
}

function keyOf(place: Place, dialect: Dialect): string {
  return place.kind === 'table' ? relationKey(place.parts, dialect) : JSON.stringify(place.paths);
}

/** A clone copies the state's relation of the node; no SQL of it is in dbt's artifacts. */
function clonedFrom(node: ManifestNode, state: StateNodes | null, dialect: Dialect): Inputs {
  const source = state?.get(node.uniqueId);
  if (source === undefined) return { known: [], unknown: [node] };
  return { known: [{ node, place: placeOf(source, dialect), own: false, basis: 'declared' }], unknown: [] };
}

/** Whether the node's SQL ran to its end. Of a node that failed it is not known which tables the warehouse read. */
function hasRun({ result }: Execution): boolean {
  const { status, failures } = result;
  if (status === 'failed') return failures !== null || isPartial(result);
  return status === 'success' || status === 'warned';
}

const scanned = new WeakMap<NodeResult, SqlReads>();

/** The reads of the node's SQL, found once; null when there is no SQL. Of `asked`, when they are all tables, only these. */
function readsOf({ result, node }: Execution, dialect: Dialect, asked: readonly Place[]): SqlReads | null {
  const code = compiledCodeOf(result, node);
  if (code === '') return null;
  const known = scanned.get(result);
  if (known !== undefined) return known;
  const tables = asked.flatMap((place) => (place.kind === 'table' ? [place.parts] : []));
  const only = tables.length === asked.length ? tables : [];
  const reads = node?.language === 'python' ? pythonReads(code, dialect) : sqlReads(code, dialect, only);
  scanned.set(result, reads);
  return reads;
}

/** The code that ran: dbt's result has it, or the manifest. */
export function compiledCodeOf(result: NodeResult, node: ManifestNode | null): string {
  return result.compiledCode === '' ? (node?.compiledCode ?? '') : result.compiledCode;
}

/** dbt ends the code of a Python model with the relations that `ref` and `source` give it, as JSON. */
function pythonReads(code: string, dialect: Dialect): SqlReads {
  const reads = new SqlReads(dialect);
  for (const [, json = ''] of code.matchAll(/^ {4}(?:refs|sources) = (\{.*\})$/gm)) {
    for (const relationName of Object.values(parsed(json))) {
      const place = placeOf({ ...UNNAMED, relationName: text(relationName) }, dialect);
      if (place.kind === 'table') reads.addTable(place.parts);
      else for (const path of place.paths) reads.addFile(path);
    }
  }
  return reads;
}

const UNNAMED = { database: '', schema: '', alias: '', identifier: '', name: '', resourceType: '' };

function parsed(json: string): Fields {
  try {
    return fields(JSON.parse(json));
  } catch {
    return {};
  }
}
