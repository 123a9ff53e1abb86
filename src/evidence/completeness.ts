import * as v from 'valibot';
import type { RunResults } from '../dbt/artifacts.ts';
import { executes, GROUP } from '../dbt/outcome.ts';
import { readCatalog, readRunResults, readSources } from '../dbt/read-artifacts.ts';
import { sha256 } from '../sha256.ts';
import { plain } from '../untrusted.ts';
import { checkClauseOf } from './checkout-consistency.ts';
import { freshnessRow } from './dbt-schema.ts';
import { freshnessFact } from './freshness-fact.ts';
import { checkAllowedPeople } from './people-consistency.ts';
import { policyFile } from './policy-file.ts';
import { type DbtRunPredicate, decisionSchema } from './predicate.ts';
import { parseStrictJson } from './strict-json.ts';
import type { EvidenceFiles } from './subjects.ts';
import { type Checklist, mustEqual } from './verdict.ts';

/**
 * The files of the artifact against what the predicate says of them: a record that was allowed, planned
 * and run must carry the policy, the decision, the lineage and dbt's own artifacts of that very run.
 */
export async function checkCompleteness(
  list: Checklist,
  predicate: DbtRunPredicate,
  files: EvidenceFiles,
): Promise<void> {
  await list.checkAsync('policy-file', () => checkPolicy(predicate, files));
  list.check('decision-file', () => checkDecision(predicate, files));
  list.check('lineage-file', () => checkLineage(predicate, files));
  list.check('dbt-files', () => checkDbtFiles(predicate, files));
  list.check('report-file', () => {
    need(files, 'report.html');
    return 'report.html is there';
  });
}

async function checkPolicy(predicate: DbtRunPredicate, files: EvidenceFiles): Promise<string> {
  const { policy, refusedPolicy } = predicate;
  if (policy !== undefined && refusedPolicy !== undefined)
    throw new Error('the record has a policy that was applied and one that was refused');
  if (policy === undefined)
    return refusedPolicy === undefined
      ? 'no policy was loaded'
      : `no policy was loaded: ${plain(refusedPolicy.reference)} was refused`;
  const bytes = need(files, 'policy.yml');
  mustEqual('sha256 of policy.yml', policy.sha256, await sha256(bytes));
  const { mode, rules } = policyFile(bytes);
  if (policy.mode !== undefined) mustEqual('mode in policy.yml', policy.mode, mode);
  checkRule(predicate, rules);
  return `policy.yml is the policy ${policy.sha256.slice(0, 12)}`;
}

/** The rule that the run went on under is one of the policy, and is for emergencies only if the record says so. */
function checkRule(predicate: DbtRunPredicate, rules: ReturnType<typeof policyFile>['rules']): void {
  const { audit, decision } = predicate;
  const id = audit?.rule ?? decision?.rule ?? null;
  if (id === null) return;
  const rule = rules.get(id);
  if (rule === undefined) throw new Error(`policy.yml has no rule ${id}, under which the run went on`);
  const [written, recorded] = [rule.breakGlass, decision?.breakGlass].map((glass) => JSON.stringify(glass));
  mustEqual(`break_glass of rule ${id}`, written, recorded);
  checkAllowedPeople(predicate, rule.people);
  checkClauseOf(predicate, id, rule.checkout);
}

const decisionFile = v.object({ ...decisionSchema.entries, policySha256: v.string() });

function checkDecision({ decision, policy }: DbtRunPredicate, files: EvidenceFiles): string {
  if (decision === undefined) return 'nothing was decided';
  const { policySha256, ...file } = v.parse(decisionFile, parseStrictJson(need(files, 'decision.json')));
  const inOrder = v.parse(decisionSchema, decision);
  mustEqual('decision.json', JSON.stringify(inOrder), JSON.stringify(file));
  mustEqual('policySha256 in decision.json', policy?.sha256, policySha256);
  return decision.allow ? `allowed by rule ${decision.rule}` : 'denied';
}

function checkLineage({ lineage, status }: DbtRunPredicate, files: EvidenceFiles): string {
  if (lineage === undefined) {
    if (status === 'succeeded') throw new Error('a run that succeeded has lineage, none is recorded');
    return 'no lineage was collected';
  }
  const bytes = lineage.events === 0 ? files.get('lineage.ndjson') : need(files, 'lineage.ndjson');
  const lines = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '');
  for (const line of lines) JSON.parse(line);
  mustEqual('events in lineage.ndjson', lineage.events, lines.length);
  return `${lineage.events} events`;
}

type Invocation = NonNullable<DbtRunPredicate['dbt']>['invocations'][number];

function checkDbtFiles({ dbt }: DbtRunPredicate, files: EvidenceFiles): string {
  const invocations = dbt?.invocations ?? [];
  for (const [index, invocation] of invocations.entries()) checkInvocation(index + 1, invocation, files);
  const strays = [...files.keys()].filter((name) => {
    const number = /^dbt\/(\d+)-/.exec(name)?.[1];
    return name.startsWith('dbt/') && !(Number(number) >= 1 && Number(number) <= invocations.length);
  });
  if (strays.length > 0) throw new Error(`${strays[0]} belongs to no recorded dbt command`);
  return `artifacts of ${invocations.length} dbt command${invocations.length === 1 ? '' : 's'}`;
}

const artifact = v.object({ metadata: v.object({ invocation_id: v.string() }) });

function checkInvocation(number: number, invocation: Invocation, files: EvidenceFiles): void {
  const find = (file: string) =>
    [...files].find(([name]) => name.startsWith(`dbt/${number}-`) && name.endsWith(`/${file}`));
  for (const file of ['manifest.json', 'run_results.json', 'catalog.json', 'sources.json']) {
    const [name, bytes] = find(file) ?? [];
    if (bytes === undefined) continue;
    const id = v.parse(artifact, parseJson(bytes)).metadata.invocation_id;
    mustEqual(`invocation_id in ${name}`, invocation.invocationId, id);
  }
  checkNodes(invocation, (file) => find(file)?.[1], `of dbt command ${number}`);
}

/** The recorded nodes against the file that dbt wrote about them, whichever the command has. */
function checkNodes(
  invocation: Invocation,
  find: (file: string) => Uint8Array | undefined,
  of: string,
): void {
  const { freshness, documented } = invocation;
  const recorded = recordedNodes(invocation);
  const some = Object.values(recorded).some((ids) => ids !== '');
  const needManifest = () => {
    if (some && find('manifest.json') === undefined)
      throw new Error(`manifest.json ${of} (${invocation.command}) is missing`);
  };
  const [results, catalog] = [find('run_results.json'), find('catalog.json')];
  if (freshness !== undefined) checkFreshness(freshness, invocation.nodes, find('sources.json'), of);
  else if (results !== undefined) {
    needManifest();
    checkResults(invocation, readRunResults(results), of);
  } else if (catalog !== undefined && documented !== undefined) {
    needManifest();
    const tables = [...readCatalog(catalog).tables.keys()];
    mustEqual(`documented nodes ${of}`, recorded['unexecuted'], sorted(tables));
  } else if (some) throw new Error(`run_results.json ${of} (${invocation.command}) is missing`);
}

type NodeTexts = Readonly<Record<string, string>>;

/** The nodes of a command by what became of them, as texts to compare. */
function recordedNodes({ nodes, compiled = [], documented = [], previewed = [] }: Invocation): NodeTexts {
  return {
    ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, sorted(nodes[outcome] ?? [])])),
    unexecuted: sorted([...compiled, ...documented, ...previewed]),
  };
}

const OUTCOMES = [...new Set(Object.values(GROUP))];

/** Each node stands under the outcome that dbt wrote for it, and under none if the command executed nothing. */
function checkResults(invocation: Invocation, { which, results, unexecuted }: RunResults, of: string): void {
  // Older records have one list for what succeeded, was no-op, compiled or documented.
  if (invocation.executed === undefined) {
    const { succeeded, failed, warned, skipped } = invocation.nodes;
    const ids = [...results.map(({ uniqueId }) => uniqueId), ...unexecuted];
    mustEqual(
      `nodes in run_results.json ${of}`,
      sorted([...succeeded, ...failed, ...warned, ...skipped]),
      sorted(ids),
    );
    return;
  }
  mustEqual(`executed ${of}`, invocation.executed, executes(which) || results.length > 0);
  const found = Object.fromEntries(
    OUTCOMES.map((outcome) => [
      outcome,
      sorted(results.filter(({ status }) => GROUP[status] === outcome).map(({ uniqueId }) => uniqueId)),
    ]),
  );
  const recorded = recordedNodes(invocation);
  for (const [outcome, ids] of Object.entries({ ...found, unexecuted: sorted(unexecuted) }))
    mustEqual(`${outcome} nodes in run_results.json ${of}`, recorded[outcome], ids);
}

/** What was measured is what sources.json has; nothing else was, whatever the record says. */
function checkFreshness(
  freshness: NonNullable<Invocation['freshness']>,
  nodes: Invocation['nodes'],
  sources: Uint8Array | undefined,
  of: string,
): void {
  const written = sources === undefined ? [] : readSources(sources).map(freshnessFact);
  const measured = freshness.filter(({ status }) => status !== 'not measured');
  const inFile = written.filter(({ status }) => status !== 'not measured');
  const asText = (rows: typeof freshness) =>
    sorted(rows.map((row) => JSON.stringify(v.parse(freshnessRow, row))));
  mustEqual(`sources in sources.json ${of}`, asText(measured), asText(inFile));
  for (const [outcome, status] of [
    ['succeeded', 'pass'],
    ['warned', 'warn'],
  ] as const)
    mustEqual(`${outcome} sources ${of}`, sorted(nodes[outcome]), sorted(having(freshness, status)));
  const bad = [...having(freshness, 'error'), ...having(freshness, 'not measured')];
  mustEqual(`failed and missing sources ${of}`, sorted([...nodes.failed, ...nodes.missing]), sorted(bad));
}

function having(rows: NonNullable<Invocation['freshness']>, status: string): readonly string[] {
  return rows.filter((row) => row.status === status).map(({ source }) => source);
}

function sorted(ids: readonly string[]): string {
  return ids.toSorted().join();
}

function need(files: EvidenceFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`${name} is missing`);
  return bytes;
}

/** dbt's own files can be large and are dbt's business; only their identity is looked at. */
function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
