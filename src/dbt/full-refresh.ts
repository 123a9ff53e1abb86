import { PassportError } from '../errors.ts';
import type { DbtLimits } from '../policy/policy.ts';
import { plain } from '../untrusted.ts';
import type { Manifest, ManifestNode } from './artifacts.ts';
import { effectOf, kindOf } from './effect.ts';
import type { Plan } from './plan.ts';

/** Commands that build nothing, or that look at the option alone (`clone`). A command that is not here may rebuild. */
const BUILDS_NOTHING: ReadonlySet<string> = new Set([
  'clone',
  'compile',
  'deps',
  'docs generate',
  'ls',
  'parse',
  'snapshot',
  'source freshness',
  'test',
]);

/**
 * Materializations that ask no `should_full_refresh()`: these are made anew in every run, or (snapshots) never. All
 * others count, those of packages too: incremental, seed, materialized_view, dynamic_table, …, and view, which may
 * drop a table of its name.
 */
const UNMOVED: ReadonlySet<string> = new Set(['table', 'ephemeral', 'external', 'snapshot', 'test', 'unit']);

/** Nodes that a message lists. */
const SHOWN = 20;

/**
 * Holds the planned nodes against a rule without `full_refresh`: `config(full_refresh=true)`, at the node or for a
 * folder in dbt_project.yml, does the same as the option --full-refresh. `full_refresh=false` protects a node even
 * from the option.
 *
 * @throws ERR_DBT_SELECTION_FORBIDDEN with the nodes and what to change
 */
export function checkFullRefresh(plan: Plan, manifest: Manifest, { fullRefresh }: DbtLimits): void {
  if (fullRefresh) return;
  const ids = new Set(
    plan.commands.flatMap(({ command, nodes }) => nodes.filter((id) => builds(command.name, id))),
  );
  const refused = [...ids].flatMap((id) => {
    const node = manifest.nodes.get(id);
    return node !== undefined && rebuilds(node) ? [node] : [];
  });
  if (refused.length === 0) return;
  const lines = refused
    .slice(0, SHOWN)
    .map(
      (node) =>
        `  ${plain(node.uniqueId)} (${plain(node.originalFilePath, 200)}, ${plain(node.materialized, 50)})`,
    );
  const more = refused.length > SHOWN ? [`  and ${refused.length - SHOWN} more`] : [];
  throw new PassportError(
    'ERR_DBT_SELECTION_FORBIDDEN',
    `${refused.length} of the ${ids.size} planned nodes have full_refresh: true in their config, which drops and rebuilds tables as --full-refresh does; the rule does not allow it:\n${[...lines, ...more].join('\n')}`,
    {
      reason: 'FULL_REFRESH',
      hint: 'Remove full_refresh from the config of the nodes (in the model, its YAML file or dbt_project.yml), leave them out of the selection, or ask the owner of the policy to set `dbt.full_refresh: "true"` in the rule.',
    },
  );
}

/** `show` loads a seed to show it, as the command `seed` does. */
function builds(command: string, id: string): boolean {
  return command === 'show' ? effectOf(command, kindOf(id)) === 'executed' : !BUILDS_NOTHING.has(command);
}

function rebuilds({ config, materialized, resourceType }: ManifestNode): boolean {
  // What dbt would take as true, too: it does not check the type of every config.
  return Boolean(config['full_refresh']) && !UNMOVED.has(resourceType === 'seed' ? 'seed' : materialized);
}
