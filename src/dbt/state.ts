import type { ManifestNode } from './artifacts.ts';
import type { DbtCommand } from './command.ts';
import { hasOption, optionValues } from './options.ts';
import { readManifest } from './read-artifacts.ts';

/** A node of another run's manifest, as far as it names a relation. */
export type StateNode = Pick<
  ManifestNode,
  'relationName' | 'database' | 'schema' | 'alias' | 'identifier' | 'name' | 'resourceType'
>;

/** What dbt can defer to or clone, by unique_id. dbt writes nothing of it into its own artifacts. */
export type StateNodes = ReadonlyMap<string, StateNode>;

/**
 * The folder whose manifest.json the command defers to or clones from, as it was given: absolute, or relative to the
 * project. Null when the command does neither.
 */
export function stateFolder({ name, args }: DbtCommand): string | null {
  if (!hasOption(args, '--defer') && name !== 'clone') return null;
  return optionValues(args, '--defer-state').at(-1) ?? optionValues(args, '--state').at(-1) ?? null;
}

/** Null when the bytes are no manifest. */
export function readState(bytes: Uint8Array): StateNodes | null {
  try {
    const nodes = [...readManifest(bytes).nodes].filter(([, node]) => DEFERRED_KINDS.has(node.resourceType));
    return new Map(nodes.map(([id, node]) => [id, naming(node)]));
  } catch {
    return null;
  }
}

/** Kinds of node that dbt defers to: what `ref` can name. */
export const DEFERRED_KINDS: ReadonlySet<string> = new Set(['model', 'seed', 'snapshot']);

/** A copy: the manifest, which can be large, is not held. */
function naming({ relationName, database, schema, alias, identifier, name, resourceType }: ManifestNode) {
  return { relationName, database, schema, alias, identifier, name, resourceType };
}
