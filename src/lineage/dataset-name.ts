import type { ManifestNode } from '../dbt/artifacts.ts';
import { type Dialect, folded } from './dialect.ts';
import { fileDataset } from './file-dataset.ts';
import type { DatasetName } from './namespace.ts';
import type { SqlReads } from './sql-reads.ts';
import { type Token, textOf, tokensOf } from './sql-tokens.ts';

/** Where a node's rows are: a relation of the warehouse by the parts of its name, or files. */
export type Place =
  | { readonly kind: 'table'; readonly parts: readonly string[] }
  | { readonly kind: 'files'; readonly paths: readonly string[] };

/** What names a relation: of a node, or of its counterpart in another project's manifest. */
export type Named = Pick<
  ManifestNode,
  'relationName' | 'database' | 'schema' | 'alias' | 'identifier' | 'name' | 'resourceType'
>;

/**
 * Where the node is, by the name that the warehouse has: dbt's `relation_name`, read in whatever quotes the adapter
 * writes; without one, the manifest's database, schema and table (a source's identifier, another node's alias).
 */
export function placeOf(node: Named, dialect: Dialect): Place {
  const known = places.get(node);
  if (known?.dialect === dialect) return known.place;
  const place = findPlace(node, dialect);
  places.set(node, { dialect, place });
  return place;
}

/** A node is asked for once for each of its children. */
const places = new WeakMap<Named, { readonly dialect: Dialect; readonly place: Place }>();

function findPlace(node: Named, dialect: Dialect): Place {
  const tokens = tokensOf(node.relationName, dialect);
  const paths = tokens.some(({ kind }) => kind === 'text') ? firstTexts(tokens, dialect) : [];
  if (paths.length > 0) return { kind: 'files', paths };
  const named = relationParts(tokens, dialect);
  const own = manifestParts(node, dialect);
  // A relation_name of another table than the alias is not of this state of the project.
  if (named === null || !sameTable(named, own)) return { kind: 'table', parts: own };
  // Oracle's relation_name has no database; Spark's database is its schema.
  const missing = named.length === 2 && node.database !== '' && node.database !== node.schema;
  return { kind: 'table', parts: missing ? [folded(node.database, false, dialect), ...named] : named };
}

export function datasetNames(place: Place, namespace: string): readonly DatasetName[] {
  if (place.kind === 'files') return place.paths.map(fileDataset);
  return [{ namespace, name: place.parts.join('.') }];
}

/** Whether the place stands in SQL where a table is read. */
export function isReadAt(place: Place, reads: SqlReads): boolean {
  return place.kind === 'table'
    ? reads.hasTable(place.parts)
    : place.paths.every((path) => reads.hasFile(path));
}

/** A name and nothing else, or null. Unquoted parts may have signs between words, as in `my-project.raw.orders`. */
function relationParts(tokens: readonly Token[], dialect: Dialect): readonly string[] | null {
  const groups: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'mark' && token.raw === '.') groups.push([]);
    else groups.at(-1)?.push(token);
  }
  const parts = groups.map((group) => partsOf(group, dialect));
  return parts.every((part) => part !== null) ? parts.flat() : null;
}

/** What stands between two dots: one quoted name, or words and signs. */
function partsOf(group: readonly Token[], dialect: Dialect): readonly string[] | null {
  const [first, ...others] = group;
  if (first === undefined || [first, ...others].some(({ kind }) => kind === 'text')) return null;
  if (first.kind !== 'name') {
    const written = group.map(({ raw }) => raw).join('');
    return others.some(({ kind }) => kind === 'name') ? null : [folded(written, false, dialect)];
  }
  if (others.length > 0) return null;
  const name = textOf(first, dialect);
  return (dialect.bigquery ? name.split('.') : [name]).map((part) => folded(part, true, dialect));
}

function sameTable(named: readonly string[], own: readonly string[]): boolean {
  return own.length === 0 || named.at(-1)?.toLowerCase() === own.at(-1)?.toLowerCase();
}

/** The parts by the manifest. dbt quotes names by default, save where the warehouse folds to upper case. */
function manifestParts(node: Named, dialect: Dialect): readonly string[] {
  const written = node.resourceType === 'source' ? node.identifier : node.alias;
  return [node.database, node.schema, written === '' ? node.name : written]
    .filter((part) => part !== '')
    .map((part) => folded(part, dialect.names !== 'upper', dialect));
}

/** `'a.csv'`, or the texts of the first argument: `read_csv(['a.csv', 'b.csv'], header = true)`. */
function firstTexts(tokens: readonly Token[], dialect: Dialect): readonly string[] {
  let depth = 0;
  const texts: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'text') texts.push(textOf(token, dialect));
    else if (token.raw === '[') depth += 1;
    else if (token.raw === ']') depth -= 1;
    else if (token.raw === ',' && depth === 0) break;
  }
  return texts;
}
