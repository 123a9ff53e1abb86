import type { ClaimName } from '../../identity/claims.ts';
import { globMatches } from '../glob.ts';
import { type Clause as MatchClause, RULE_CLAUSES, reading } from '../match.ts';
import type { Rule } from '../policy.ts';
import { type RefSample, refSamples } from './ref-samples.ts';

/**
 * Every identity of one environment that the rules of two policies can tell apart. A dimension is what one clause
 * looks at; a class holds the values that every rule treats alike.
 */
export type ClaimSpace = readonly Dimension[];

export interface Dimension {
  readonly name: string;
  readonly classes: readonly ValueClass[];
}

export interface ValueClass {
  readonly labels: readonly string[];
  /** The rules whose clause holds, by their places in the list given. */
  readonly holds: ReadonlySet<number>;
}

interface Value {
  readonly label: string;
  readonly claims: Readonly<Partial<Record<ClaimName, string>>>;
}

interface Clause {
  readonly name: string;
  /** Keys of the policy file that the clauses of this dimension are written under. */
  readonly keys: readonly string[];
  readonly values: (rules: readonly Rule[], place: readonly Rule[]) => readonly Value[];
}

/** A value that no rule names; ids are digits. */
const OTHER = '18446744073709551615';
/** What no rule names. */
export const REST = '(any other)';

/**
 * `rules` are of one repository and one environment; `place` are all rules there, of which some may be left out of `rules`.
 * `spend` is told the work before it is done, and throws when that is too much.
 */
export function claimSpace(
  rules: readonly Rule[],
  place: readonly Rule[],
  spend: (work: number) => void,
): ClaimSpace {
  return CLAUSES.map(({ name, keys, values }) => {
    const clauses = clausesOf(keys, rules);
    const all = values(rules, place);
    spend(clauses.length * all.length * rules.length);
    const groups = new Map<string, { labels: string[]; holds: ReadonlySet<number> }>();
    for (const { label, claims } of all) {
      const holding = holdingAt(rules, clauses, claims);
      const key = holding.join();
      const known = groups.get(key);
      if (known === undefined) groups.set(key, { labels: [label], holds: new Set(holding) });
      else known.labels.push(label);
    }
    return { name, classes: [...groups.values()] };
  });
}

/** Keys of the clauses that the space knows; a clause outside it would be overlooked. */
export const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'repository',
  ...['environment', 'ref', 'ref_protected', 'event_name', 'runner_environment', 'repository_visibility'],
  ...['job_workflow', 'actor_id', 'actor_class'],
]);

/** The clauses of these keys that any of the rules has: what is expected of no claims at all is missed. */
function clausesOf(keys: readonly string[], rules: readonly Rule[]): readonly MatchClause<Rule>[] {
  return RULE_CLAUSES.filter((clause) => {
    const { miss } = clause(reading(new Map()));
    return rules.some((rule) => keys.includes(miss(rule)?.key ?? ''));
  });
}

function holdingAt(
  rules: readonly Rule[],
  clauses: readonly MatchClause<Rule>[],
  claims: Value['claims'],
): readonly number[] {
  const read = reading(new Map(Object.entries(claims) as [ClaimName, string][]));
  const checks = clauses.map((clause) => clause(read));
  return rules.flatMap((rule, index) =>
    checks.every(({ failure }) => failure(rule) === undefined) ? [index] : [],
  );
}

const CLAUSES: readonly Clause[] = [
  {
    name: 'event',
    keys: ['event_name'],
    values: (rules) => named(rules, 'event_name', (rule) => rule.eventName),
  },
  { name: 'ref', keys: ['ref'], values: refs },
  {
    name: 'ref_protected',
    keys: ['ref_protected'],
    values: () => ['true', 'false'].map((value) => ({ label: value, claims: { ref_protected: value } })),
  },
  {
    name: 'runner',
    keys: ['runner_environment'],
    values: (_, place) => named(place, 'runner_environment', (rule) => rule.runnerEnvironment),
  },
  {
    name: 'visibility',
    keys: ['repository_visibility'],
    values: () =>
      ['private', 'internal', 'public'].map((value) => ({
        label: value,
        claims: { repository_visibility: value },
      })),
  },
  { name: 'environment id', keys: ['environment'], values: environments },
  { name: 'job workflow', keys: ['job_workflow'], values: workflows },
  { name: 'actor', keys: ['actor_id', 'actor_class'], values: actors },
];

function named(
  rules: readonly Rule[],
  claim: ClaimName,
  of: (rule: Rule) => readonly string[],
): readonly Value[] {
  return [...new Set(rules.flatMap(of))].map((value) => ({ label: value, claims: { [claim]: value } }));
}

function environments(rules: readonly Rule[]): readonly Value[] {
  const environment = rules[0]?.environment.name ?? '';
  const ids = new Set(rules.flatMap((rule) => rule.environment.nodeId ?? []));
  const value = (label: string, id: string) => ({ label, claims: { environment, environment_node_id: id } });
  return [...[...ids].map((id) => value(id, id)), value(REST, OTHER)];
}

function workflows(rules: readonly Rule[]): readonly Value[] {
  const pairs = rules.flatMap(({ jobWorkflow }) =>
    (jobWorkflow?.sha ?? []).map((sha) => `${jobWorkflow?.path}@${sha}`),
  );
  const value = (label: string, ref: string, sha: string) => ({
    label,
    claims: { job_workflow_ref: ref, job_workflow_sha: sha },
  });
  const known = [...new Set(pairs)].map((pair) => value(pair, pair, pair.split('@')[1] ?? ''));
  return [...known, value(REST, 'x/x/.github/workflows/x.yml@refs/heads/x', '0'.repeat(40))];
}

function actors(rules: readonly Rule[]): readonly Value[] {
  const ids = new Set(rules.flatMap((rule) => rule.actorId ?? []));
  const classes = rules.some(({ actorClass }) => actorClass !== undefined)
    ? [['human', 'someone'] as const, ['app', 'an-app[bot]'] as const, ['agent', 'copilot'] as const]
    : [['', 'someone'] as const];
  return [...ids, OTHER].flatMap((id) =>
    classes.map(([kind, actor]) => ({
      label: [id === OTHER ? REST : id, kind && `(${kind})`].filter(Boolean).join(' '),
      claims: { actor, actor_id: id },
    })),
  );
}

function refs(rules: readonly Rule[]): readonly Value[] {
  const clauses = rules.flatMap(({ ref }) => ref ?? []);
  const globs = [...new Set(clauses.flatMap((ref) => (ref.kind === 'glob' ? ref.pattern : [])))];
  const literals = [
    ...new Set(
      clauses.flatMap((ref) => (ref.kind === 'equals' ? ref.value : ref.kind === 'one-of' ? ref.values : [])),
    ),
  ];
  const near = literals.filter((ref) => globs.some((glob) => globMatches(glob, ref)));
  const samples = globs.length === 0 ? [] : refSamples([...globs, ...near]);
  const taken = new Set(literals);
  const value = (label: string, ref: string): Value => ({
    label,
    claims: { ref, ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch' },
  });
  const labels = globLabels(globs, samples);
  return [
    ...literals.map((ref) => value(ref, ref)),
    ...samples.flatMap(({ ref }, index) => (taken.has(ref) ? [] : value(labels[index] ?? ref, ref))),
    value(REST, 'refs/pull/0/merge'),
  ];
}

/** For each sample, the patterns that it stands for, and those that would take more from them. */
function globLabels(globs: readonly string[], samples: readonly RefSample[]): readonly string[] {
  const inside = samples.map(({ matched }) => new Set(matched.filter((at) => at < globs.length)));
  const samplesOf = new Map<number, ReadonlySet<number>[]>();
  for (const set of inside) {
    for (const at of set) {
      const known = samplesOf.get(at);
      if (known === undefined) samplesOf.set(at, [set]);
      else known.push(set);
    }
  }
  return inside.map((set) => {
    const [first = 0] = set;
    const around = (samplesOf.get(first) ?? []).filter((other) => [...set].every((at) => other.has(at)));
    const more = [...new Set(around.flatMap((other) => [...other]))].filter((at) => !set.has(at));
    const names = (places: Iterable<number>) => [...places].sort((a, b) => a - b).map((at) => globs[at]);
    const without = more.length === 0 ? '' : ` but not ${names(more).join(' or ')}`;
    return `${names(set).join(' and ')}${without}`;
  });
}
