import { PassportError } from '../errors.ts';
import type { DbtLimits, Selector } from '../policy/policy.ts';
import { plain } from '../untrusted.ts';
import type { Manifest, ManifestNode } from './artifacts.ts';
import type { Plan } from './plan.ts';
import { matches, showSelector } from './selector.ts';
import { asksToStore, storesFailures } from './stored-failures.ts';
import { isTestKind } from './test-kind.ts';

/** Selectors that say where a node's table is. */
const PLACES: ReadonlySet<Selector['method']> = new Set(['schema', 'database']);

/** Refused nodes that a message lists. */
const SHOWN = 20;

/**
 * Holds every planned node against the rule's `within` and `never`.
 *
 * - A test is within when it matches itself or when all its parents do; it is refused when it or any
 *   parent matches `never`, since it reads them. A test that stores its failures writes a table: then the parents'
 *   schema and database do not count, its own do.
 * - An exposure is left out: dbt does nothing with it.
 * - A node that the manifest does not have is outside.
 *
 * @throws ERR_DBT_SELECTION_FORBIDDEN with the nodes and what to change.
 */
export function checkPlan(plan: Plan, manifest: Manifest, limits: DbtLimits): void {
  const ids = new Set(plan.commands.flatMap((planned) => planned.nodes));
  const storing = plan.commands.filter(({ command }) => asksToStore(command));
  const asked = new Set(storing.flatMap((planned) => planned.nodes));
  const refused = [...ids].flatMap((id) => {
    if (id.startsWith('exposure.')) return [];
    const reason = refusal(id, manifest, limits, asked.has(id));
    return reason === null ? [] : [`${plain(id)}${describe(manifest.nodes.get(id))}: ${reason}`];
  });
  if (refused.length === 0) return;
  const more = refused.length > SHOWN ? [`and ${refused.length - SHOWN} more`] : [];
  const commands = plan.commands.map(({ command }) => `"${command.text}"`).join(', ');
  throw new PassportError(
    'ERR_DBT_SELECTION_FORBIDDEN',
    `${refused.length} of the ${ids.size} nodes that ${commands} would touch are outside the rule:\n` +
      [...refused.slice(0, SHOWN), ...more].map((line) => `  ${line}`).join('\n'),
    { reason: 'SELECTION', hint: hintFor(limits) },
  );
}

function refusal(
  id: string,
  manifest: Manifest,
  { within, never }: DbtLimits,
  asked: boolean,
): string | null {
  if (within.length === 0 && never.length === 0) return null;
  const node = manifest.nodes.get(id);
  if (node === undefined) return 'not in the manifest';
  const parents = isTestKind(node.resourceType)
    ? node.dependsOn.map((parent) => manifest.nodes.get(parent))
    : [];
  const forbidden =
    forbiddenBy(never, node, '') ?? parents.map((parent) => forbiddenBy(never, parent, id)).find(Boolean);
  if (forbidden !== undefined) return forbidden;
  if (within.length === 0 || matchesAny(node, within)) return null;
  const stores = storesFailures(node, asked);
  // The parents' place is not where the failures go.
  const ofParents = stores ? within.filter(({ method }) => !PLACES.has(method)) : within;
  const readsOnlyWithin = parents.length > 0 && parents.every((parent) => matchesAny(parent, ofParents));
  if (readsOnlyWithin) return null;
  return stores
    ? `not in within; it stores its failures in schema ${plain(node.schema, 200)}`
    : 'not in within';
}

/** Why `never` refuses the node, which is itself planned or (`reader`) read by a planned test; undefined when it does not. */
function forbiddenBy(
  never: readonly Selector[],
  node: ManifestNode | undefined,
  reader: string,
): string | undefined {
  const selector = never.find((candidate) => matchesAny(node, [candidate]));
  if (selector === undefined || node === undefined) return undefined;
  const how = reader === '' ? 'matches' : `reads ${plain(node.uniqueId)}, which matches`;
  return `${how} never ${showSelector(selector)}`;
}

function matchesAny(node: ManifestNode | undefined, selectors: readonly Selector[]): boolean {
  return node !== undefined && selectors.some((selector) => matches(node, selector));
}

function describe(node: ManifestNode | undefined): string {
  if (node === undefined) return '';
  const tags = node.tags.length === 0 ? '' : `, tags ${node.tags.map((tag) => plain(tag, 50)).join(' ')}`;
  return ` (${plain(node.originalFilePath, 200)}${tags})`;
}

function hintFor({ within, never }: DbtLimits): string {
  const inside = within.length === 0 ? '' : `The rule allows only ${within.map(showSelector).join(', ')}. `;
  const outside = never.length === 0 ? '' : `It never allows ${never.map(showSelector).join(', ')}. `;
  return (
    `${inside}${outside}Narrow the selection in \`command\` (--select, --exclude), ` +
    'or ask the owner of the policy to widen `dbt.within` or `dbt.never` of the rule.'
  );
}
