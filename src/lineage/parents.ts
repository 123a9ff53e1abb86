import type { Manifest, ManifestNode } from '../dbt/artifacts.ts';

const DATASET_KINDS = new Set(['model', 'seed', 'snapshot', 'source']);

/** Whether the node is a relation in the warehouse. Ephemeral models are text inside other models' SQL. */
export function isDataset(node: ManifestNode): boolean {
  return DATASET_KINDS.has(node.resourceType) && node.materialized !== 'ephemeral';
}

/**
 * The relations that a node depends on: its parents, where a parent that is no relation (an ephemeral model, a
 * function) is replaced by its own. Ids that the manifest lacks are left out. Order of the manifest, no duplicates.
 */
export function realParents(manifest: Manifest, node: ManifestNode): readonly ManifestNode[] {
  const found = new Set<ManifestNode>();
  const seen = new Set([node.uniqueId]);
  const waiting = [...node.dependsOn].reverse();
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const parent = manifest.nodes.get(id);
    if (parent === undefined || seen.has(id)) continue;
    seen.add(id);
    if (isDataset(parent)) found.add(parent);
    else waiting.push(...[...parent.dependsOn].reverse());
  }
  return [...found];
}

/**
 * The one node that a test is about: the node it is attached to, else the parent that its `model` argument
 * names, else its only parent. Null for a singular test over several nodes. The result may be ephemeral.
 */
function testedNode(manifest: Manifest, test: ManifestNode): ManifestNode | null {
  const attached = manifest.nodes.get(test.test?.attachedNode ?? '');
  if (attached !== undefined) return attached;
  const parents = test.dependsOn.flatMap((id) => manifest.nodes.get(id) ?? []);
  const named = parents.filter(isNamedBy(test.test?.kwargs['model']));
  // `ref('orders')` of two packages means the one of the test's own.
  const own = named.filter(({ packageName }) => packageName === test.packageName);
  for (const only of [named, own, parents]) if (only.length === 1) return only[0] ?? null;
  return null;
}

/** The relations whose quality a test speaks of: the tested one, or all it reads when it is about several. */
export function testedNodes(manifest: Manifest, test: ManifestNode): readonly ManifestNode[] {
  const tested = testedNode(manifest, test);
  if (tested === null) return realParents(manifest, test);
  return isDataset(tested) ? [tested] : [];
}

const NAMING =
  /\b(?<call>ref|source)\(\s*(?:['"](?<first>[^'"]+)['"]\s*,\s*)?['"](?<name>[^'"]+)['"]\s*(?:,\s*v(?:ersion)?\s*=\s*['"]?(?<version>[\w.-]+)['"]?\s*)?\)/;

/** Whether a node is what the `model` argument of a test names: `{{ get_where_subquery(ref('orders')) }}`, `source('shop', 'orders')`. */
function isNamedBy(argument: unknown): (node: ManifestNode) => boolean {
  const { call, first, name, version } =
    (typeof argument === 'string' && NAMING.exec(argument)?.groups) || {};
  return ({ resourceType, uniqueId, packageName, name: own }) => {
    if (own !== name || (call === 'source') !== (resourceType === 'source')) return false;
    if (call === 'source') return uniqueId.endsWith(`.${first}.${name}`);
    return (
      (first === undefined || first === packageName) &&
      (version === undefined || uniqueId.endsWith(`.v${version}`))
    );
  };
}
