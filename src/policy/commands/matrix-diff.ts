import { clauseText } from '../../checkout/clause.ts';
import type { Grant } from '../grant-types.ts';
import type { DbtLimits, GrantTerms, LoadedPolicy, Policy, RefClause, Review, Rule } from '../policy.ts';
import { grantFacts } from './grant-facts.ts';
import { rulesOf } from './matrix.ts';

/** One thing that two environments of a repository have differently; an absent side is empty. */
export interface EnvironmentDifference {
  readonly repository: string;
  /** The event that it holds for, or empty for all together. */
  readonly event: string;
  readonly what: string;
  readonly left: string;
  readonly right: string;
}

/** What differs between two environments, in every repository that has one of them. */
export function matrixDiff(
  { policy, source, ...rest }: LoadedPolicy,
  left: string,
  right: string,
): readonly EnvironmentDifference[] {
  const sides = [left, right].map((name) => rulesOf({ policy, source, ...rest }, name));
  const repositories = [...new Set(sides.flat().map((rule) => rule.repository.name))].sort();
  return repositories.flatMap((repository) => {
    const [of = [], to = []] = sides.map((rules) =>
      rules.filter((rule) => rule.repository.name === repository).flatMap((rule) => cellsOf(policy, rule)),
    );
    return differences(repository, of, to);
  });
}

/** A rule for one event and one grant: everything that it demands and hands out, as text by what it is. */
interface Cell {
  readonly event: string;
  readonly facts: ReadonlyMap<string, string>;
}

type Fact = readonly [what: string, value: string];

function cellsOf(policy: Policy, rule: Rule): readonly Cell[] {
  const ofRule = factsBy(RULE, rule);
  const limits = limitsOf(rule);
  return rule.eventName.flatMap((event) =>
    rule.grants.flatMap((name): Cell[] => {
      const grant = policy.grants.get(name);
      const terms = policy.grantTerms.get(name);
      if (grant === undefined || terms === undefined) return [];
      const facts = [
        ['event', event] as const,
        ...ofRule,
        ...factsOfGrant(grant),
        ...factsBy(TERMS, terms),
        ...limits,
      ];
      return [{ event, facts: new Map(facts) }];
    }),
  );
}

/** What each key of a thing is to a reviewer; none is left out, for the type asks for every key. */
type Facts<Of> = { readonly [Key in keyof Required<Of>]: (of: Of) => readonly Fact[] };

function factsBy<Of>(facts: Facts<Of>, of: Of): readonly Fact[] {
  return Object.values<(of: Of) => readonly Fact[]>(facts).flatMap((read) => read(of));
}

/** Says which rule it is, and nothing of what it does. */
const NAME_ONLY = (): readonly Fact[] => [];
const NONE = '(none)';
const OPEN = '(any)';

const DBT: Facts<DbtLimits> = {
  target: ({ target }) => [['target', target]],
  commands: ({ commands }) => [['commands', list(commands, NONE)]],
  within: ({ within }) => [['within', list(within.map(selector), '(every node)')]],
  never: ({ never }) => [['never', list(never.map(selector), NONE)]],
  fullRefresh: ({ fullRefresh }) => [['full refresh', fullRefresh ? 'yes' : 'no']],
  maxMinutes: ({ maxMinutes }) => [['minutes', maxMinutes === undefined ? '(no limit)' : String(maxMinutes)]],
  env: ({ env }) => [['variables for dbt', list(env, NONE)]],
};

const RULE: Facts<Rule> = {
  id: NAME_ONLY,
  line: NAME_ONLY,
  lines: NAME_ONLY,
  // One repository is compared with itself.
  repository: NAME_ONLY,
  // Each event is a cell of its own.
  eventName: NAME_ONLY,
  // What they are is compared, and not how they are called.
  grants: NAME_ONLY,
  ref: ({ ref }) => [['ref', refText(ref)]],
  refProtected: ({ refProtected }) => [['protected ref', refProtected ?? OPEN]],
  runnerEnvironment: ({ runnerEnvironment }) => [['runner', list(runnerEnvironment, OPEN)]],
  visibility: ({ visibility }) => [['visibility', list(visibility, OPEN)]],
  jobWorkflow: ({ jobWorkflow }) => [
    ['job workflow', jobWorkflow?.path ?? OPEN],
    ['commit of the job workflow', list(jobWorkflow?.sha, OPEN)],
  ],
  // The ids of two environments are never the same.
  environment: ({ environment }) => [
    ['environment id', environment.nodeId === undefined ? 'not pinned' : 'pinned'],
  ],
  actorId: ({ actorId }) => [['actor', list(actorId, OPEN)]],
  actorClass: ({ actorClass }) => [['class of actor', list(actorClass, OPEN)]],
  credentials: ({ credentials }) => [['credentials', credentials]],
  checkout: ({ checkout }) => [['checkout', clauseText(checkout)]],
  staticCredentials: ({ staticCredentials }) => [['static credentials', staticCredentials]],
  maxTtlSeconds: ({ maxTtlSeconds }) => [
    ['longest life of a credential', maxTtlSeconds === undefined ? '(no limit)' : `${maxTtlSeconds} s`],
  ],
  allowSelfHosted: ({ allowSelfHosted }) => [['why self-hosted', allowSelfHosted ?? NONE]],
  tagRuleset: ({ tagRuleset }) => [['ruleset for tags', tagRuleset ?? NONE]],
  breakGlass: ({ breakGlass }) => [
    ['break-glass', breakGlass === undefined ? NONE : `until ${breakGlass.expires}: ${breakGlass.reason}`],
  ],
  review: ({ review }) => [['review', reviewText(review)]],
  // Told after the grant.
  dbt: NAME_ONLY,
};

/** A target without a name of its own has that of the environment. */
function limitsOf({ dbt, environment }: Rule): readonly Fact[] {
  const target = dbt.target === environment.name ? '(the environment)' : dbt.target;
  return factsBy(DBT, { ...dbt, target });
}

const TERMS: Facts<GrantTerms> = {
  tier: ({ tier }) => [['tier', tier ?? NONE]],
  access: ({ access }) => [['access', access]],
  line: NAME_ONLY,
};

/** Keys of a grant that `grantFacts` tells whole, in other words. */
const TOLD: { readonly [Kind in Grant['kind']]: readonly (keyof Extract<Grant, { kind: Kind }>)[] } = {
  athena: ['kind', 'database', 'schema'],
  bigquery: ['kind', 'project', 'dataset', 'serviceAccount'],
  databricks: ['kind', 'host', 'catalog', 'schema', 'clientId'],
  duckdb: ['kind', 'path', 'schema'],
  postgres: ['kind', 'host', 'database', 'schema', 'user'],
  redshift: ['kind', 'host', 'database', 'schema'],
  snowflake: ['kind', 'account', 'database', 'schema', 'user', 'role'],
};

/** Where the grant leads and as whom, then every other key of it by its name in the policy. */
function factsOfGrant(grant: Grant): readonly Fact[] {
  const { kind, account, role, schema } = grantFacts(grant);
  const told: readonly string[] = TOLD[kind];
  const rest = Object.entries(grant).filter(([key]) => !told.includes(key));
  return [
    ['warehouse', kind],
    ['account', account],
    ['role', role],
    ['schema', schema],
    ...rest.flatMap(([key, value]) => leaves(keyName(key), value)),
  ];
}

/** Every value below, by its path; a list is one value. */
function leaves(path: string, value: unknown): readonly Fact[] {
  if (Array.isArray(value)) return [[path, ordered(path, value.map(itemText)).join(', ') || NONE]];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${path}.${keyName(key)}`, inner));
}

/** An item of a list: text, or keys with their values. */
function itemText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  return Object.entries(item)
    .map(
      ([key, value]) =>
        `${keyName(key)}: ${Array.isArray(value) ? value.map(String).sort().join(' ') : value}`,
    )
    .join('; ');
}

/** Of a way from one account to the next, the order is the meaning. */
function ordered(path: string, items: readonly string[]): readonly string[] {
  return path === 'delegates' ? items : items.toSorted();
}

/** As it is written in the policy: `roleArn` is `role_arn`. */
function keyName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function list(values: readonly string[] | undefined, none: string): string {
  return values?.toSorted().join(', ') || none;
}

function selector({ method, value }: DbtLimits['within'][number]): string {
  return `${method}:${value}`;
}

function refText(ref: RefClause | undefined): string {
  if (ref === undefined) return OPEN;
  if (ref.kind === 'equals') return ref.value;
  return ref.kind === 'one-of' ? list(ref.values, OPEN) : ref.pattern;
}

function reviewText(review: Review | undefined): string {
  return review === undefined ? NONE : `${review.lastReviewed}, for ${review.maxAgeDays} days`;
}

function differences(
  repository: string,
  left: readonly Cell[],
  right: readonly Cell[],
): readonly EnvironmentDifference[] {
  if (left.length === 0 || right.length === 0) {
    const side = (cells: readonly Cell[]) => (cells.length === 0 ? 'no rule: denied' : 'allowed');
    return [{ repository, event: '', what: 'access', left: side(left), right: side(right) }];
  }
  const whole = compare(repository, '', left, right);
  const known = new Set(whole.map(({ what }) => what));
  const at = (cells: readonly Cell[], event: string) => cells.filter((cell) => cell.event === event);
  const shared = [...new Set(left.map(({ event }) => event))].filter((event) => at(right, event).length > 0);
  // What is the same taken together may be dealt out to the events in another way.
  const single = shared.flatMap((event) => compare(repository, event, at(left, event), at(right, event)));
  const found = [...whole, ...single.filter(({ what }) => !known.has(what))];
  return found.length > 0
    ? found
    : shared.flatMap((event) => combined(repository, event, at(left, event), at(right, event)));
}

function compare(
  repository: string,
  event: string,
  left: readonly Cell[],
  right: readonly Cell[],
): readonly EnvironmentDifference[] {
  const text = (cells: readonly Cell[], what: string) =>
    [...new Set(cells.map(({ facts }) => facts.get(what) ?? NONE))].sort().join(' or ');
  return namesIn([...left, ...right])
    .map((what) => ({ repository, event, what, left: text(left, what), right: text(right, what) }))
    .filter((row) => row.left !== row.right);
}

function namesIn(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.flatMap(({ facts }) => [...facts.keys()]))];
}

/** Several rules may have the same values, and another one of them with another: told as what goes with what. */
function combined(
  repository: string,
  event: string,
  left: readonly Cell[],
  right: readonly Cell[],
): readonly EnvironmentDifference[] {
  const varying = namesIn([...left, ...right]).filter(
    (what) => new Set([...left, ...right].map(({ facts }) => facts.get(what))).size > 1,
  );
  const text = (cells: readonly Cell[]) =>
    [
      ...new Set(
        cells.map(({ facts }) => varying.map((what) => `${what} ${facts.get(what) ?? NONE}`).join('; ')),
      ),
    ]
      .sort()
      .join(' or ');
  const row = { repository, event, what: 'what goes together', left: text(left), right: text(right) };
  return row.left === row.right ? [] : [row];
}
