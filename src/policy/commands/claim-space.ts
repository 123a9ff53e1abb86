import type { ClaimName, Claims } from '../../identity/claims.ts';
import { globMatches } from '../glob.ts';
import { misses } from '../match.ts';
import type { Rule } from '../policy.ts';
import { refSamples } from './ref-samples.ts';

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
  /** For each rule, by its place in the list given, whether its clause holds. */
  readonly holds: readonly boolean[];
}

interface Value {
  readonly label: string;
  readonly claims: Readonly<Partial<Record<ClaimName, string>>>;
}

interface Clause {
  readonly name: string;
  /** Keys of the policy file that the clauses of this dimension are written under. */
  readonly keys: readonly string[];
  readonly values: (rules: readonly Rule[]) => readonly Value[];
}

/** A value that no rule names; ids are digits. */
const OTHER = '18446744073709551615';
/** What no rule names. */
export const REST = '(any other)';

/** `rules` are of one repository and one environment. */
export function claimSpace(rules: readonly Rule[]): ClaimSpace {
  return CLAUSES.map(({ name, keys, values }) => {
    const groups = Map.groupBy(values(rules), ({ claims }) =>
      rules.map((rule) => holds(rule, claims, keys)).join(),
    );
    const classes = [...groups].map(([vector, members]) => ({
      labels: members.map(({ label }) => label),
      holds: vector.split(',').map((word) => word === 'true'),
    }));
    return { name, classes };
  });
}

/** Keys of the clauses that the space knows; a clause outside it would be overlooked. */
export const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'repository',
  ...['environment', 'ref', 'ref_protected', 'event_name', 'runner_environment', 'repository_visibility'],
  ...['job_workflow', 'actor_id', 'actor_class'],
]);

function holds(rule: Rule, claims: Value['claims'], keys: readonly string[]): boolean {
  const known: Claims = new Map(Object.entries(claims) as [ClaimName, string][]);
  return !misses(rule, known).some(({ key }) => keys.includes(key));
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
    values: (rules) => named(rules, 'runner_environment', (rule) => rule.runnerEnvironment),
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
  const value = (label: string, ref: string): Value => ({
    label,
    claims: { ref, ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch' },
  });
  return [
    ...literals.map((ref) => value(ref, ref)),
    ...samples
      .filter((ref) => !literals.includes(ref))
      .map((ref) => value(globLabel(ref, globs, samples), ref)),
    value(REST, 'refs/pull/0/merge'),
  ];
}

/** The patterns that a sample stands for, and those that would take more from them. */
function globLabel(sample: string, globs: readonly string[], samples: readonly string[]): string {
  const inside = globs.filter((glob) => globMatches(glob, sample));
  const overlapping = globs.filter(
    (glob) =>
      !inside.includes(glob) &&
      samples.some((other) => globMatches(glob, other) && inside.every((each) => globMatches(each, other))),
  );
  const without = overlapping.length === 0 ? '' : ` but not ${overlapping.join(' or ')}`;
  return `${inside.join(' and ')}${without}`;
}
