import type { OracleCase } from './case.ts';
import { FILE, type Home, isNamed, keyOf, type NodeRun } from './claims.ts';
import { changes, type Relation } from './database.ts';
import type { Dataset, LineageEvent, Manifest } from './evidence.ts';
import type { Observed } from './run-case.ts';

/** A case with all that is known of it. */
export interface Trial extends Observed {
  readonly wanted: OracleCase;
  readonly home: Home;
  readonly nodes: readonly NodeRun[];
}

/** What must be true of every run. Each law gives what breaks it, in words; nothing when it holds. */
export const LAWS: Readonly<Record<string, (trial: Trial) => readonly string[]>> = {
  'the parser knows every statement': ({ nodes }) =>
    nodes.flatMap(({ node, unparsed }) => unparsed.map((text) => `${node}: ${text}`)),

  'what is claimed as written was written': (trial) =>
    trial.nodes.flatMap(({ node, event, wrote }) =>
      (event?.outputs ?? []).flatMap((output) => {
        const changed = changedKeys(trial);
        const seen = isNamed(wrote, keyOf(output)) || isNamed(changed, keyOf(output));
        return seen ? [] : [`${node} claims ${output.name}; its SQL wrote ${listed(wrote)}`];
      }),
    ),

  'a relation is named as the database has it': (trial) =>
    datasets(trial)
      .filter(isRead)
      .flatMap((dataset) => {
        if (keyOf(dataset).startsWith(FILE)) return [];
        const names = new Set([...trial.before.relations.keys(), ...trial.after.relations.keys()]);
        const [database, ...rest] = dataset.name.split('.');
        const exact = database === trial.home.database && names.has(rest.join('.'));
        return exact ? [] : [`${dataset.name} is not in the database, which has ${listed(names)}`];
      }),

  'what changed is claimed as written, or said to be not known': (trial) => {
    const claimed = new Set(trial.nodes.flatMap(({ event }) => (event?.outputs ?? []).map(keyOf)));
    const listedFor = new Set(Object.keys(trial.wanted.notKnown ?? {}));
    const open = observedChanges(trial).filter((change) => !isNamed(claimed, changeKey(trial.home, change)));
    return [
      ...open.filter((change) => !listedFor.has(change)).map((change) => `${change} is nobody's output`),
      ...[...listedFor]
        .filter((change) => !open.includes(change))
        .map((change) => `${change} needs no reason`),
    ];
  },

  'what is not known is said to be so': ({ evidence: { predicate }, wanted }) => {
    const commands = predicate.plan?.commands ?? [];
    const said = {
      'hook of the run': commands.some(({ hooks = [] }) => hooks.length > 0),
      'hook of a node': (predicate.dbt?.invocations ?? []).some(
        ({ nodesWithHooks = [] }) => nodesWithHooks.length > 0,
      ),
      macro: commands.some(({ operation }) => operation !== undefined),
      deps: predicate.dbt?.installed !== undefined,
    };
    const beside = Object.entries(wanted.notKnown ?? {});
    return beside.filter(([, by]) => !said[by]).map(([change, by]) => `${change}: the record has no ${by}`);
  },

  'what is claimed as read stands in the SQL of the node': ({ nodes, evidence }) =>
    nodes.flatMap(({ command, node, event, named }) =>
      (event?.inputs ?? [])
        .filter((input) => isRead(input) && isLogged(evidence.commands[command]?.folder))
        .filter((input) => !isNamed(named, keyOf(input)))
        .map((input) => `${node} claims to have read ${input.name}; its SQL names ${listed(named)}`),
    ),

  'what the SQL of a node read of the project is its input': (trial) =>
    trial.nodes.flatMap(({ command, node, event, read, wrote }) => {
      const { folder = '', manifest = null } = trial.evidence.commands[command] ?? {};
      // A unit test has rows of its own; of the tables in its place dbt only asks the columns.
      if (!isExecuted(folder, node) || node.startsWith('unit_test.')) return [];
      const known = new Set([...relationsOf(manifest), ...relationsOfState(trial)]);
      const inputs = new Set((event?.inputs ?? []).map(keyOf));
      // The file of a seed is a file of the project, as the SQL of a model is.
      const asked = (name: string) => (name.startsWith(FILE) ? !node.startsWith('seed.') : known.has(name));
      return [...read]
        .filter(
          (name) =>
            asked(name) && !wrote.has(name) && ![...inputs].some((key) => isNamed(new Set([name]), key)),
        )
        .map((name) => `${node} read ${name}, which is not among its inputs ${listed(inputs)}`);
    }),

  'the counts are those of the last line of dbt': ({ evidence }) =>
    evidence.commands.flatMap(({ folder, log }, at) => {
      const nodes = evidence.predicate.dbt?.invocations[at]?.nodes ?? {};
      if (log.done === null || !executes(folder)) return [];
      const { pass, warn, error, skip, noop } = log.done;
      const said = { pass, warn, error, skip, noop };
      const recorded = {
        pass: nodes['succeeded']?.length ?? 0,
        warn: nodes['warned']?.length ?? 0,
        error: nodes['failed']?.length ?? 0,
        skip: nodes['skipped']?.length ?? 0,
        noop: nodes['noOp']?.length ?? 0,
      };
      return JSON.stringify(said) === JSON.stringify(recorded)
        ? []
        : [`${folder}: dbt says ${JSON.stringify(said)}, the record ${JSON.stringify(recorded)}`];
    }),

  'each node is counted by the word of dbt': ({ evidence }) =>
    evidence.commands.flatMap(({ folder, results }, at) => {
      const nodes = evidence.predicate.dbt?.invocations[at]?.nodes ?? {};
      return results.flatMap(({ unique_id: id, status }) => {
        if (!isExecuted(folder, id)) return [];
        const list = LIST_OF[status];
        if (list !== undefined && nodes[list]?.includes(id)) return [];
        return [`${folder}: ${id} is "${status}" and not in ${list}`];
      });
    }),

  'nothing ran that was not planned, and all that was planned has a result': ({ evidence }) =>
    (evidence.predicate.dbt?.invocations ?? []).flatMap(({ command, exitCode, nodes }) => [
      ...(nodes['unplanned'] ?? []).map((id) => `${command}: ${id} is called unplanned`),
      ...(exitCode === 0 ? (nodes['missing'] ?? []).map((id) => `${command}: ${id} is called missing`) : []),
    ]),

  'a command that executes nothing has no results': ({ evidence, nodes }) =>
    evidence.commands.flatMap(({ folder }, at) => {
      if (executes(folder) || isFreshness(folder)) return [];
      const lists = Object.entries(evidence.predicate.dbt?.invocations[at]?.nodes ?? {});
      const recorded = lists.flatMap(([list, ids]) => ids.map((id) => ({ id, words: `${list}: ${id}` })));
      const runs = nodes
        .filter(({ command, event }) => command === at && event !== null)
        .map(({ node }) => ({ id: node, words: `the lineage has a run of ${node}` }));
      return [...recorded, ...runs]
        .filter(({ id }) => !isExecuted(folder, id))
        .map(({ words }) => `${folder}: ${words}`);
    }),

  'each source is as fresh as it is': ({ evidence, wanted }) => {
    const rows = (evidence.predicate.dbt?.invocations ?? []).flatMap(({ freshness = [] }) => freshness);
    const found = Object.fromEntries(rows.map(({ source, status }) => [source, status]));
    const wrong = rows.filter(({ status, maxLoadedAt = '' }) => {
      return status === 'not measured' ? maxLoadedAt !== '' : !maxLoadedAt.startsWith('2026-01-07T00:00:00');
    });
    const [said, right] = [found, wanted.freshness ?? {}].map((of) =>
      JSON.stringify(Object.entries(of).sort()),
    );
    return [
      ...(said === right ? [] : [`the record has ${said}, right is ${right}`]),
      ...wrong.map(({ source, maxLoadedAt }) => `${source} was loaded last on ${maxLoadedAt}`),
    ];
  },

  'no dataset stands twice in one list': ({ evidence }) =>
    evidence.events.flatMap(({ job, inputs = [], outputs = [] }) =>
      [inputs, outputs].flatMap((list) => {
        const keys = list.map(({ namespace, name }) => `${namespace} ${name}`);
        return keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${job.name}: ${key}`);
      }),
    ),

  // Without a catalog the columns are the project's word, and dbt never looked.
  'the columns of a schema facet are those of the table': (trial) =>
    (trial.evidence.hasCatalog ? datasets(trial) : []).flatMap((dataset) => {
      const relation = relationOf(dataset, trial);
      const fields = dataset.facets?.['schema']?.['fields'] as readonly { name: string }[] | undefined;
      if (relation === undefined || relation.rows === -1 || fields === undefined) return [];
      return fields
        .filter(({ name }) => !relation.columns.includes(name))
        .map(({ name }) => `${dataset.name} has no column ${name}, but ${relation.columns}`);
    }),

  'the rows of an output are those that were written': (trial) =>
    trial.nodes.flatMap(({ node, event }) =>
      (event?.outputs ?? []).flatMap((output) => {
        const count = output.outputFacets?.['outputStatistics']?.['rowCount'];
        // What is written whole has as many rows as were written; the case counts the others.
        const right = trial.wanted.rows?.[node] ?? (count && relationOf(output, trial)?.rows);
        return count === right ? [] : [`${node} claims ${count} rows of ${output.name}, and wrote ${right}`];
      }),
    ),

  'the lock file of the packages is the one on record': ({ before, after, evidence }) => {
    const [old, now] = [before, after].map(({ files }) => files.get('package-lock.yml'));
    const recorded = evidence.predicate.dbt?.installed?.lockSha256;
    return now === old || now === recorded ? [] : [`package-lock.yml is ${now}, the record has ${recorded}`];
  },

  'each run of a node starts once and ends once, as dbt says': ({ evidence, nodes }) => [
    ...evidence.events.flatMap(({ run, job }, at) => {
      const same = evidence.events.filter((event) => event.run.runId === run.runId);
      const first = evidence.events.findIndex((event) => event.run.runId === run.runId) === at;
      const whole = same.length === 2 && same[0]?.eventType === 'START' && same[1]?.eventType !== 'START';
      return first && !whole ? [`${job.name}: ${same.map(({ eventType }) => eventType)}`] : [];
    }),
    ...nodes.flatMap(({ command, node, event }) => {
      const status = evidence.commands[command]?.results.find(({ unique_id: id }) => id === node)?.status;
      if (event === null || status === undefined) return [];
      const right = END_OF[status];
      return event.eventType === right ? [] : [`${node} is "${status}" and ends with ${event.eventType}`];
    }),
  ],
};

/** The list of the record in which a node belongs, by the status in run_results.json. */
const LIST_OF: Readonly<Record<string, string>> = {
  success: 'succeeded',
  pass: 'succeeded',
  warn: 'warned',
  error: 'failed',
  fail: 'failed',
  'runtime error': 'failed',
  'partial success': 'failed',
  skipped: 'skipped',
  'no-op': 'noOp',
  reused: 'reused',
};

const END_OF: Readonly<Record<string, string>> = {
  success: 'COMPLETE',
  pass: 'COMPLETE',
  warn: 'COMPLETE',
  error: 'FAIL',
  fail: 'FAIL',
  'runtime error': 'FAIL',
  'partial success': 'FAIL',
  skipped: 'ABORT',
  reused: 'COMPLETE',
};

/** Whether dbt carries something out in this command; by its folder in the artifact, `1-build`. */
export function executes(folder: string): boolean {
  return /^\d+-(build|clone|retry|run|run-operation|seed|snapshot|test)$/.test(folder);
}

/** `show` loads a seed before it shows its rows. */
function isExecuted(folder: string, id: string): boolean {
  return executes(folder) || (folder.endsWith('-show') && id.startsWith('seed.'));
}

/** dbt gives the log of a `retry` its own level, whatever the line before it had: there is no SQL in it. */
function isLogged(folder = ''): boolean {
  return !folder.endsWith('-retry');
}

function isFreshness(folder: string): boolean {
  return folder.endsWith('-source-freshness');
}

/** Whether the lineage says that the dataset was read, and not only that the manifest names it. */
function isRead({ inputFacets }: Dataset): boolean {
  return inputFacets?.['dbtPassport_edge']?.['basis'] !== 'declared';
}

function datasets({ evidence }: Trial): readonly Dataset[] {
  return evidence.events
    .filter((event: LineageEvent) => event.eventType !== 'START')
    .flatMap(({ inputs = [], outputs = [] }) => [...inputs, ...outputs]);
}

function relationOf({ name }: Dataset, { after }: Trial): Relation | undefined {
  return after.relations.get(name.split('.').slice(1).join('.'));
}

function relationsOf(manifest: Manifest | null): ReadonlySet<string> {
  const all = [...Object.values(manifest?.nodes ?? {}), ...Object.values(manifest?.sources ?? {})];
  return new Set(
    all.flatMap(({ relation_name: name }) => (name ? [name.replaceAll('"', '').toLowerCase()] : [])),
  );
}

/** Where another run's manifest leads: every relation that was there before. */
function relationsOfState({ wanted, before, home }: Trial): readonly string[] {
  const names = wanted.state === undefined ? [] : [...before.relations.keys()];
  return names.map((name) => `${home.database}.${name}`.toLowerCase());
}

export function observedChanges({ before, after }: Observed): readonly string[] {
  return changes(before, after);
}

function changedKeys(trial: Trial): ReadonlySet<string> {
  return new Set(observedChanges(trial).map((change) => changeKey(trial.home, change)));
}

/** `+ main.orders` as a dataset is named; a path with a folder, or an ending of a file, is a file. */
function changeKey({ database }: Home, change: string): string {
  const name = change.slice(2);
  const isFile = name.includes('/') || /\.(csv|parquet|json)$/.test(name);
  return isFile ? `${FILE}${name}` : `${database}.${name}`.toLowerCase();
}

function listed(names: ReadonlySet<string>): string {
  return names.size === 0 ? 'nothing' : [...names].sort().join(', ');
}
