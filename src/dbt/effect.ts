/** What dbt does with a node that a command selects. */
export type Effect = 'executed' | 'compiled' | 'documented' | 'previewed' | 'measured';

/**
 * What each command does with the nodes of its selection. run_results.json does not say it: dbt writes `success`
 * for each node that it only compiled. Other commands (deps, parse, ls) do nothing with nodes.
 *
 * The keys are the names of the commands, and of those that dbt calls otherwise in `args.which` also dbt's name.
 */
const EFFECTS: ReadonlyMap<string, Effect> = new Map([
  ['build', 'executed'],
  ['clone', 'executed'],
  ['retry', 'executed'],
  ['run', 'executed'],
  ['run-operation', 'executed'],
  ['seed', 'executed'],
  ['snapshot', 'executed'],
  ['test', 'executed'],
  ['compile', 'compiled'],
  ['docs generate', 'documented'],
  ['generate', 'documented'],
  ['show', 'previewed'],
  ['source freshness', 'measured'],
  ['freshness', 'measured'],
]);

/**
 * What the command does with a node of this kind; null when it does nothing with nodes.
 * `show` runs a query of its own for each node and builds none, but loads a seed into the warehouse to show it.
 */
export function effectOf(command: string, kind = ''): Effect | null {
  return command === 'show' && kind === 'seed' ? 'executed' : (EFFECTS.get(command) ?? null);
}

/** The kind of a node by its unique_id: `model`, `seed`, `test`, … */
export function kindOf(uniqueId: string): string {
  return uniqueId.split('.', 1)[0] ?? '';
}
