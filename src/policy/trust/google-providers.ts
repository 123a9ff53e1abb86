import type { Policy } from '../policy.ts';
import { celClause, celCondition } from './cel.ts';
import { memberAttributes, placesOf, strayWays } from './google-members.ts';
import { type GoogleProvider, mappingOf, partsOf } from './google-provider.ts';
import type { Principal, Way } from './principals.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';

/** Characters of an attribute condition. Source: Google Cloud IAM API, workloadIdentityPools.providers. */
const CONDITION_CHARACTERS = 4096;
/** Characters of a provider's id. */
const ID_CHARACTERS = 32;

/** The providers of the pool that the principals are reached by, each with every rule that uses it. */
export function googleProviders({ policy, principals, all }: RenderRequest): readonly GoogleProvider[] {
  const ways = byProvider(all);
  return [...byProvider(principals).keys()].flatMap((name) =>
    providersOf(policy, name, ways.get(name) ?? []),
  );
}

/** One provider; one for each rule when its condition would be too long, as tokens may come by any provider of a pool. */
function providersOf(policy: Policy, name: string, ways: readonly Way[]): readonly GoogleProvider[] {
  const whole = providerOf(policy, name, ways);
  const rules = [...new Set(ways.map(({ rule }) => rule.id))];
  if (whole.condition.length <= CONDITION_CHARACTERS || rules.length === 1) return [whole];
  return rules.map((id, at) => {
    const number = `-${at + 1}`;
    const own = providerOf(
      policy,
      name,
      ways.filter(({ rule }) => rule.id === id),
    );
    return { ...own, id: `${whole.id.slice(0, ID_CHARACTERS - number.length)}${number}` };
  });
}

function providerOf({ issuer }: Policy, name: string, ways: readonly Way[]): GoogleProvider {
  const audiences = [...new Set(ways.map(({ audience }) => audience))];
  const conditions = [...new Set(ways.map((way) => conditionOf(way, audiences.length > 1)))];
  return {
    ...partsOf(name),
    issuer,
    audiences,
    mapping: mappingOf(ways.flatMap(({ rule }) => memberAttributes(rule))),
    condition:
      conditions.length === 1 ? (conditions[0] ?? '') : conditions.map((one) => `(${one})`).join(' || '),
  };
}

/** A provider takes any of its audiences for any rule, so where they differ the condition tells which goes with which. */
function conditionOf({ checked }: Way, withAudience: boolean): string {
  const audience = withAudience ? checked.filter(({ claim }) => claim === 'aud').map(celClause) : [];
  return [...audience, celCondition(checked)].join(' && ');
}

/** What Google Cloud would refuse, and where it hands out more than the policy. */
export function googleProblems({ principals, all }: RenderRequest): readonly TrustProblem[] {
  const places = placesOf(all);
  const strays = principals.flatMap((principal) =>
    strayWays(principal, places).map((stray): TrustProblem => strayProblem(principal, stray)),
  );
  const ways = byProvider(all);
  const long = [...byProvider(principals).keys()].flatMap((name) =>
    lengthProblems(name, ways.get(name) ?? []),
  );
  return [...new Map([...strays, ...long].map((problem) => [problem.message, problem])).values()];
}

function strayProblem({ name }: Principal, { rule }: Way): TrustProblem {
  const message = `rule ${rule.id} opens ${name} too: the pool cannot tell it from the rule that does, as repository and environment (and commit of the reusable workflow) are the same; give one of them an environment or a pool of its own`;
  return { level: 'error', target: 'gcp', line: rule.line, message };
}

function lengthProblems(name: string, ways: readonly Way[]): readonly TrustProblem[] {
  const several = new Set(ways.map(({ audience }) => audience)).size > 1;
  const lengths = ways.map((way) => ({ way, length: conditionOf(way, several).length }));
  const long = lengths.filter(({ length }) => length > CONDITION_CHARACTERS);
  const all = lengths.reduce((sum, { length }) => sum + length + 6, -4);
  const line = ways[0]?.rule.line ?? 1;
  if (long.length === 0 && (all <= CONDITION_CHARACTERS || ways.length === 1)) return [];
  const limit = `at most ${CONDITION_CHARACTERS} characters are taken`;
  const errors = long.map(({ way, length }): TrustProblem => {
    const message = `the condition of rule ${way.rule.id} has ${length} characters, ${limit}: name fewer commits, accounts or refs`;
    return { level: 'error', target: 'gcp', line: way.rule.line, message };
  });
  const split = `the condition of ${name} would have ${all} characters, ${limit}: it is written as a provider for each rule; name each in the grant of its rule (provider:)`;
  return errors.length > 0 ? errors : [{ level: 'error', target: 'gcp', line, message: split }];
}

function byProvider(principals: readonly Principal[]): ReadonlyMap<string, readonly Way[]> {
  const found = new Map<string, Way[]>();
  for (const way of principals.flatMap(({ ways }) => ways)) {
    if (way.grant.kind !== 'bigquery') continue;
    const known = found.get(way.grant.provider) ?? [];
    known.push(way);
    found.set(way.grant.provider, known);
  }
  return found;
}
