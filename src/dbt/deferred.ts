import type { DbtCommand } from './command.ts';
import { hasOption, optionLists, optionValues } from './options.ts';

/** The selectors of the project's selectors.yml by name, as the manifest has them. */
export type Selectors = Readonly<Record<string, unknown>>;

const SELECTION = ['--select', '-s', '--models', '--model', '-m', '--exclude'];

/**
 * The earlier line of the input `command` whose result decides what this one touches; null when there is none, so
 * that it can be planned at once. `source_status:` compares the sources.json that the last `source freshness` of
 * this step wrote with the one in the folder of `--state`.
 *
 * @param selectors is asked for only when the answer depends on them
 */
export async function waitsFor(
  command: DbtCommand,
  earlier: readonly DbtCommand[],
  selectors: () => Promise<Selectors>,
): Promise<DbtCommand | null> {
  const freshness = earlier.findLast(({ name }) => name === 'source freshness');
  if (freshness === undefined) return null;
  return (await selectsByFreshness(command, selectors)) ? freshness : null;
}

async function selectsByFreshness(
  { args }: DbtCommand,
  selectors: () => Promise<Selectors>,
): Promise<boolean> {
  const values = optionLists(args, SELECTION);
  if (values.some((value) => value.includes('source_status:'))) return true;
  const inValues = values.flatMap((value) => [...value.matchAll(/selector:([^\s,+@]+)/g)]);
  const names = [...optionValues(args, '--selector'), ...inValues.flatMap(([, name]) => name ?? [])];
  if (names.length === 0 && hasOption(args, ...SELECTION)) return false;
  // Without a selection dbt takes the selector that is the default, if there is one.
  const used = Object.entries(await selectors()).filter(([name, one]) =>
    names.length === 0 ? isDefault(one) : names.includes(name),
  );
  return used.some(([, one]) => JSON.stringify(one).includes('source_status'));
}

function isDefault(selector: unknown): boolean {
  return (
    typeof selector === 'object' && selector !== null && 'default' in selector && selector.default === true
  );
}
