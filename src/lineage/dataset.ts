import type { Catalog, CatalogTable, ManifestColumn, ManifestNode } from '../dbt/artifacts.ts';
import { facet, type JsonObject, known } from './facet.ts';
import { namespaceUri } from './namespace.ts';

/** What describes every dataset of one dbt command. */
export interface Warehouse {
  readonly producer: string;
  /** See namespace.ts. */
  readonly namespace: string;
  readonly catalog: Catalog | null;
}

/** Characters of a description that are kept. */
const DESCRIPTION_LIMIT = 10_000;

/** Where the dataset is. */
export function sourceFacet({ producer, namespace }: Pick<Warehouse, 'producer' | 'namespace'>): JsonObject {
  const source = known({ name: namespace, uri: namespaceUri(namespace) });
  return { dataSource: facet(producer, 'DatasourceDatasetFacet', source) };
}

/** What is known of the dataset of a node. */
export function datasetFacets(node: ManifestNode, warehouse: Warehouse): JsonObject {
  const { producer } = warehouse;
  const columns = columnsOf(node, warehouse.catalog?.tables.get(node.uniqueId));
  const owners = ownersOf(node);
  const description = node.description.slice(0, DESCRIPTION_LIMIT).toWellFormed();
  return {
    ...sourceFacet(warehouse),
    ...(description !== '' && {
      documentation: facet(producer, 'DocumentationDatasetFacet', { description }),
    }),
    ...(columns.length > 0 && {
      schema: facet(producer, 'SchemaDatasetFacet', { fields: columns.map(field) }),
    }),
    ...(owners.length > 0 && {
      ownership: facet(producer, 'OwnershipDatasetFacet', { owners: owners.map((name) => ({ name })) }),
    }),
    ...(node.tags.length > 0 && {
      tags: facet(producer, 'TagsDatasetFacet', { tags: node.tags.map(dbtTag) }),
    }),
  };
}

/** A dbt tag as OpenLineage has it. */
export function dbtTag(key: string) {
  return { key, value: 'true', source: 'DBT' };
}

/**
 * The columns that the warehouse has, in its order, by the catalog; what the project says of them, by the manifest.
 * A column that only the manifest has is no column of the table. Without a catalog: the manifest's.
 */
function columnsOf(node: ManifestNode, table: CatalogTable | undefined): readonly ManifestColumn[] {
  if (table === undefined || table.columns.length === 0) return node.columns;
  const exact = new Map(node.columns.map((column) => [column.name, column]));
  // The warehouse may have folded the name, but where it has both spellings they are two columns.
  const real = new Set(table.columns.map(({ name }) => name));
  const foldable = node.columns.filter(({ name }) => !real.has(name));
  const folded = new Map(foldable.map((column) => [column.name.toLowerCase(), column]));
  return table.columns.map((column) => {
    const own = exact.get(column.name) ?? folded.get(column.name.toLowerCase());
    if (own === undefined || own.description === '') return column;
    return { ...column, description: own.description };
  });
}

function field(column: ManifestColumn): JsonObject {
  const description = column.description.slice(0, DESCRIPTION_LIMIT).toWellFormed();
  return known({ name: column.name, type: column.type, description });
}

function ownersOf(node: ManifestNode): readonly string[] {
  const named: unknown = node.meta['owner'] ?? node.owner;
  const owners: readonly unknown[] = Array.isArray(named) ? named : [named];
  return owners.filter((owner): owner is string => typeof owner === 'string' && owner !== '');
}
