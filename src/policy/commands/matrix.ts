import { clauseText } from '../../checkout/clause.ts';
import { PassportError } from '../../errors.ts';
import { sameName } from '../../identity/claims.ts';
import type { LoadedPolicy, Policy, RefClause, Rule } from '../policy.ts';
import { nearestName } from '../spelling.ts';
import { type GrantFacts, grantFacts } from './grant-facts.ts';

/** One cell of the matrix: who, on what event, gets which credentials. What has no row is denied. */
export interface MatrixRow extends GrantFacts {
  readonly repository: string;
  readonly environment: string;
  readonly event: string;
  readonly ref: string;
  readonly runner: string;
  readonly rule: string;
  readonly grant: string;
  /** `prod`, `nonprod`, or empty when the policy does not say. */
  readonly tier: string;
  readonly access: string;
  readonly credentials: Rule['credentials'];
  /** What may be checked out: `token_commit`, `any`, or further repositories by their names. */
  readonly checkout: string;
  readonly commands: readonly string[];
  readonly within: readonly string[];
  readonly never: readonly string[];
  readonly fullRefresh: boolean;
  /** Minutes; 0 when there is no limit. */
  readonly maxMinutes: number;
  /** Reusable workflow that must run the job; empty when any may. */
  readonly workflow: string;
  /** Whether the id of the environment is pinned too. */
  readonly environmentPinned: boolean;
}

/** Every cell that the policy allows, by repository, environment and event. */
export function accessMatrix({ policy }: LoadedPolicy): readonly MatrixRow[] {
  return policy.rules
    .flatMap((rule) =>
      rule.eventName.flatMap((event) => rule.grants.flatMap((grant) => row(policy, rule, event, grant))),
    )
    .toSorted(byCell);
}

/**
 * Repositories that have no rule for an environment that each of them needs.
 * @returns `repository: environment`, empty when nothing was forgotten
 */
export function forgotten({ policy }: LoadedPolicy, environments: readonly string[]): readonly string[] {
  return [...policy.repositories.values()].flatMap(({ name }) =>
    environments
      .filter((wanted) => !policy.rules.some((rule) => rule.repository.name === name && isIn(rule, wanted)))
      .map((wanted) => `${name}: ${wanted}`),
  );
}

/**
 * The rules of an environment.
 * @throws ERR_INPUT_INVALID when it has none: a forgotten environment is no empty one
 */
export function rulesOf({ policy, source }: LoadedPolicy, environment: string): readonly Rule[] {
  const rules = policy.rules.filter((rule) => isIn(rule, environment));
  if (rules.length > 0) return rules;
  const known = [...new Set(policy.rules.map((rule) => rule.environment.name))];
  const near = nearestName(environment, known);
  throw new PassportError('ERR_INPUT_INVALID', `expected an environment of ${source}, got ${environment}`, {
    hint: near ? `Did you mean ${near}?` : `The policy has ${known.join(', ')}.`,
  });
}

function refText(ref: RefClause | undefined): string {
  if (ref === undefined) return '(any)';
  if (ref.kind === 'equals') return ref.value;
  return ref.kind === 'one-of' ? ref.values.join(' ') : ref.pattern;
}

function isIn(rule: Rule, environment: string): boolean {
  return sameName(rule.environment.name, environment);
}

function row(policy: Policy, rule: Rule, event: string, name: string): MatrixRow[] {
  const grant = policy.grants.get(name);
  const terms = policy.grantTerms.get(name);
  if (grant === undefined) return [];
  const { dbt } = rule;
  const selectors = (list: Rule['dbt']['within']) => list.map(({ method, value }) => `${method}:${value}`);
  return [
    {
      repository: rule.repository.name,
      environment: rule.environment.name,
      event,
      ref: refText(rule.ref),
      runner: rule.runnerEnvironment.join(' '),
      rule: rule.id,
      grant: name,
      ...grantFacts(grant),
      tier: terms?.tier ?? '',
      access: terms?.access ?? 'write',
      credentials: rule.credentials,
      checkout: clauseText(rule.checkout),
      commands: dbt.commands,
      within: selectors(dbt.within),
      never: selectors(dbt.never),
      fullRefresh: dbt.fullRefresh,
      maxMinutes: dbt.maxMinutes ?? 0,
      workflow: rule.jobWorkflow?.path ?? '',
      environmentPinned: rule.environment.nodeId !== undefined,
    },
  ];
}

function byCell(a: MatrixRow, b: MatrixRow): number {
  const key = ({ repository, environment, event, rule }: MatrixRow) =>
    [repository, environment, event, rule].join('\n');
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
