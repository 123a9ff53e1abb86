import type { ManifestColumn, ManifestNode } from './artifacts.ts';
import { type Fields, fields, text, texts } from './json-fields.ts';
import { readThresholds } from './read-source.ts';
import { isTestKind } from './test-kind.ts';

/** What a node needs from the rest of the manifest. */
export interface Surroundings {
  /** `groups` of the manifest by unique_id. */
  readonly groups: Fields;
  /** `parent_map`, for the kinds of node that carry no `depends_on`. */
  readonly parentMap: Fields;
}

/** One entry of `nodes`, `sources`, `exposures`, … of any dbt version. */
export function readNode(uniqueId: string, node: Fields, around: Surroundings): ManifestNode {
  const config = fields(node['config']);
  const name = text(node['name'], uniqueId);
  const resourceType = text(node['resource_type'], uniqueId.split('.', 1)[0]);
  const packageName = text(node['package_name']);
  const group = text(node['group'], config['group']);
  const identifier = text(node['identifier'], node['alias'], config['alias'], name);
  return {
    uniqueId,
    resourceType,
    name,
    alias: text(node['alias'], config['alias'], identifier),
    packageName,
    database: text(node['database'], config['database']),
    schema: text(node['schema'], config['schema']),
    identifier,
    relationName: text(node['relation_name']),
    originalFilePath: text(node['original_file_path'], node['path']),
    description: text(node['description']),
    tags: texts([...texts(node['tags']), ...texts(config['tags'])]),
    meta: { ...fields(config['meta']), ...fields(node['meta']) },
    materialized: text(config['materialized']),
    access: text(node['access'], config['access']),
    group,
    owner: ownerOf(node, around.groups[`group.${packageName}.${group}`]),
    checksum: text(fields(node['checksum'])['checksum']),
    ...codeOf(node),
    dependsOn: parentsOf(uniqueId, node, around.parentMap),
    columns: readColumns(node['columns']),
    ...(resourceType === 'source' && {
      freshness: readThresholds({ ...fields(config['freshness']), ...fields(node['freshness']) }),
    }),
    ...(isTestKind(resourceType) ? { test: testOf(name, node, config) } : {}),
    config,
  };
}

/** Columns of a manifest node (`data_type`) or of a catalog table (`type`). */
export function readColumns(value: unknown): readonly ManifestColumn[] {
  const list = Array.isArray(value) ? value.map((column) => ['', column]) : Object.entries(fields(value));
  return list.map(([key, entry]) => {
    const column = fields(entry);
    return {
      name: text(column['name'], key),
      type: text(column['data_type'], column['type']),
      description: text(column['description'], column['comment']),
    };
  });
}

/** dbt called it `compiled_sql` and `raw_sql` before 1.3. */
function codeOf(node: Fields): Pick<ManifestNode, 'compiledCode' | 'rawCode' | 'language'> {
  return {
    compiledCode: text(node['compiled_code'], node['compiled_sql']),
    rawCode: text(node['raw_code'], node['raw_sql']),
    language: text(node['language'], 'sql'),
  };
}

/** Who answers for the node: an exposure's own owner, or the owner of the node's group. */
function ownerOf(node: Fields, group: unknown): string {
  const own = fields(node['owner']);
  const groups = fields(fields(group)['owner']);
  return text(own['name'], own['email'], groups['name'], groups['email']);
}

function parentsOf(uniqueId: string, node: Fields, parentMap: Fields): readonly string[] {
  const own = texts(fields(node['depends_on'])['nodes']);
  return own.length > 0 ? own : texts(parentMap[uniqueId]);
}

function testOf(name: string, node: Fields, config: Fields): NonNullable<ManifestNode['test']> {
  const metadata = fields(node['test_metadata']);
  return {
    name: text(metadata['name'], name),
    column: text(node['column_name'], fields(metadata['kwargs'])['column_name']),
    attachedNode: text(node['attached_node']),
    severity: text(config['severity'], 'error').toLowerCase(),
    warnIf: text(config['warn_if']),
    errorIf: text(config['error_if']),
    kwargs: fields(metadata['kwargs']),
  };
}
