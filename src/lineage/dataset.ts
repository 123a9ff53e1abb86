import type { Catalog, ManifestColumn, ManifestNode } from '../dbt/artifacts.ts';
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

/**
 * The dataset by name: `database.schema.table` without the parts that the adapter lacks. The table is the name
 * in the warehouse: a source's identifier, another node's alias.
 */
export function datasetOf(node: ManifestNode, warehouse: Warehouse): { namespace: string; name: string } {
  const warehouseName = node.resourceType === 'source' ? node.identifier : node.alias;
  const table = warehouseName === '' ? node.name : warehouseName;
  const name = [node.database, node.schema, table].filter((part) => part !== '').join('.');
  return { namespace: warehouse.namespace, name };
}

/** What is known of the dataset: columns from the catalog when there is one, else from the manifest. */
export function datasetFacets(node: ManifestNode, warehouse: Warehouse): JsonObject {
  const { producer, namespace } = warehouse;
  const table = warehouse.catalog?.tables.get(node.uniqueId);
  const columns = table !== undefined && table.columns.length > 0 ? table.columns : node.columns;
  const owners = ownersOf(node);
  const description = node.description.slice(0, DESCRIPTION_LIMIT).toWellFormed();
  return {
    dataSource: facet(
      producer,
      'DatasourceDatasetFacet',
      known({ name: namespace, uri: namespaceUri(namespace) }),
    ),
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

function field(column: ManifestColumn): JsonObject {
  const description = column.description.slice(0, DESCRIPTION_LIMIT).toWellFormed();
  return known({ name: column.name, type: column.type, description });
}

function ownersOf(node: ManifestNode): readonly string[] {
  const named: unknown = node.meta['owner'] ?? node.owner;
  const owners: readonly unknown[] = Array.isArray(named) ? named : [named];
  return owners.filter((owner): owner is string => typeof owner === 'string' && owner !== '');
}
