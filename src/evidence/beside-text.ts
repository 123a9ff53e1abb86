import { hooksAround, isHook, nodesWithHooks } from '../dbt/beside.ts';
import { isRetry } from '../dbt/command.ts';
import type { InstalledPackage } from '../dbt/packages.ts';
import type { PlannedCommand } from '../dbt/plan.ts';
import { plain } from '../untrusted.ts';
import type { Facts } from './record.ts';
import { type CommandResults, countsText } from './report-results.ts';

/** What a command was to do, in words: `2 nodes and 3 hooks`. Names stand in backticks, as in all texts of this file. */
export function plannedText({
  nodes,
  hooks = [],
  operation,
  selection,
}: Pick<PlannedCommand, 'nodes' | 'hooks' | 'operation'> & { readonly selection?: string }): string {
  if (selection === 'deferred') return 'known after the lines before it';
  if (operation !== undefined) return `the macro ${quoted(operation)}`;
  return [amount(nodes.length, 'node'), ...(hooks.length === 0 ? [] : [amount(hooks.length, 'hook')])].join(
    ' and ',
  );
}

/** A name of the project in a code span. */
export function quoted(name: string): string {
  return `\`${plain(name, 100).replaceAll('`', "'")}\``;
}

/** What became of it, in words, hooks told apart from nodes. */
export function resultsText(results: CommandResults): string {
  const { installed } = results.run.invocation;
  if (installed !== undefined) return `${amount(installed.packages.length, 'package')} installed`;
  const hooks = hookResults(results).length;
  return hooks === 0 ? countsText(results) : `${countsText(results)}, of these ${amount(hooks, 'hook')}`;
}

/**
 * What is to be said of code that ran outside of the plan's nodes, one sentence or two for each kind; empty when a command
 * ran none. dbt records no relation for any of it, so what it touched is not known.
 */
export function besideNotes(results: CommandResults): readonly string[] {
  return [
    ...retryNotes(results),
    ...hookNotes(results),
    ...nodeHookNotes(results),
    ...operationNotes(results),
    ...cloneNotes(results),
  ];
}

function retryNotes({ run }: CommandResults): readonly string[] {
  if (!isRetry(run.invocation.command)) return [];
  return [
    'dbt ran once more what the line before it had left failed or skipped. Of the two lines, the exit code of this one counts.',
  ];
}

function hookNotes(results: CommandResults): readonly string[] {
  const { run, hooks } = results;
  const found = hookResults(results);
  const ran = found.filter(({ status }) => status !== 'skipped').length;
  if (ran > 0)
    return [
      `${amount(ran, 'hook')} of the project ran, outside of any selection. What they read and wrote is not known.`,
    ];
  if (hooks.length === 0 || found.length > 0) return [];
  const why =
    hooksAround(run.invocation.command.name) === 'by-flag'
      ? 'dbt writes no results of hooks for this command'
      : 'dbt left no results of hooks';
  return [
    `${why}, so whether hooks of the project ran (${hooks.length} planned), and what they touched, is not known. dbt.log of the evidence has its messages.`,
  ];
}

function nodeHookNotes({ run }: CommandResults): readonly string[] {
  const count = nodesWithHooks(run).length;
  if (count === 0) return [];
  const have =
    count === 1 ? '1 node that ran has hooks of its' : `${count} nodes that ran have hooks of their`;
  return [`${have} own (pre-hook, post-hook). What these read and wrote is not known.`];
}

function operationNotes({ run, operation }: CommandResults): readonly string[] {
  if (operation === undefined) return [];
  const macro = `the macro ${quoted(operation)}`;
  if ((run.artifacts?.runResults?.results ?? []).length === 0)
    return [`dbt left no result of ${macro}, so whether it ran, and what it read and wrote, is not known.`];
  return [`dbt ran ${macro}, outside of any selection. What it read and wrote is not known.`];
}

function cloneNotes({ run }: CommandResults): readonly string[] {
  if (run.invocation.command.name !== 'clone') return [];
  const results = run.artifacts?.runResults?.results ?? [];
  if (results.length === 0) return ['dbt clone left no result, so what it cloned is not known.'];
  const done = results.filter(({ status }) => status === 'success');
  const left = done.filter(({ message }) => message === NOT_CLONED).length;
  const notes = [
    `dbt clone ran no model. It made ${amount(done.length - left, 'node')} a clone of the relation in the state, or a view of it where the warehouse has no clones.`,
  ];
  if (left > 0)
    notes.push(
      `It left ${amount(left, 'node')} as found: the relation is there already, or the state has none.`,
    );
  return notes;
}

/** dbt's message for a clone that it did not make; its status is success. Source: dbt-core, dbt/task/clone.py. */
const NOT_CLONED = 'No-op';

function hookResults({ run }: CommandResults) {
  return (run.artifacts?.runResults?.results ?? []).filter(({ uniqueId }) => isHook(uniqueId));
}

/** The packages that a command installed, in a sentence; the report has them in a table. */
export function packageNotes({ run }: CommandResults): readonly string[] {
  const packages = run.invocation.installed?.packages ?? [];
  return packages.length === 0 ? [] : [installedText(packages)];
}

/** What is to be said of a `deps` that ran for the plan of a run that came no further: it is none of the commands that ran. */
export function planningNote({ runs = [], installed }: Partial<Facts>): string | null {
  if (runs.length > 0 || installed === undefined) return null;
  const { packages } = installed;
  const what = packages.length === 0 ? 'found no package to install.' : installedText(packages);
  return `To make the plan, dbt ran \`deps\` without a credential and ${what}`;
}

function installedText(packages: readonly InstalledPackage[]): string {
  const shown = packages.slice(0, PACKAGES_SHOWN).map(({ name, kind, version = '' }) => {
    const at = kind === undefined ? 'not in package-lock.yml' : version === '' ? kind : version.slice(0, 12);
    return `${quoted(name)} (${plain(at)})`;
  });
  const more = packages.length > shown.length ? ` and ${packages.length - shown.length} more` : '';
  return `installed ${shown.join(', ')}${more}. The report has the SHA-256 of the files of each.`;
}

const PACKAGES_SHOWN = 20;

/** Where a package came from: `hub dbt-labs/dbt_utils`; for a folder that the lock file does not name, that. */
export function packageOrigin({ kind, from = '' }: InstalledPackage): string {
  return kind === undefined ? 'not in package-lock.yml' : `${kind} ${from}`;
}

function amount(count: number, one: string): string {
  return `${count === 0 ? 'no' : count} ${one}${count === 1 ? '' : 's'}`;
}
