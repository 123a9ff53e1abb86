import type { Policy } from '../policy.ts';
import { celClause, celCondition } from './cel.ts';
import { placesOf, strayWays } from './google-members.ts';
import { type GoogleProvider, mappingOf, partsOf } from './google-provider.ts';
import type { Principal, Way } from './principals.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';

/** Characters of an attribute condition. Source: Google Cloud IAM API, workloadIdentityPools.providers. */
const CONDITION_CHARACTERS = 4096;
/** Characters of a provider's id. */
const ID_CHARACTERS = 32;

/** The providers of the pool that the principals are reached by, each with every rule that uses it. */
export function googleProviders(request: RenderRequest): readonly GoogleProvider[] {
  return usedProviders(request).flatMap(([name, ways]) => providersOf(request.policy, name, ways));
}

/** One provider; one for each rule when its condition would be too long, as tokens may come by any provider of a pool. */
function providersOf(policy: Policy, name: string, ways: readonly Way[]): readonly GoogleProvider[] {
  const whole = providerOf(policy, name, ways);
  const rules = [...byRule(ways).values()];
  if (fits(whole) || rules.length === 1) return [whole];
  return rules.map((own, at) => {
    const number = `-${at + 1}`;
    return {
      ...providerOf(policy, name, own),
      id: `${whole.id.slice(0, ID_CHARACTERS - number.length)}${number}`,
    };
  });
}

function providerOf({ issuer }: Policy, name: string, ways: readonly Way[]): GoogleProvider {
  const audiences = [...new Set(ways.map(({ audience }) => audience))];
  const [condition = '', ...more] = new Set(ways.map((way) => conditionOf(way, audiences.length > 1)));
  return {
    ...partsOf(name),
    issuer,
    audiences,
    mapping: mappingOf(ways.map(({ rule }) => rule)),
    condition: more.length === 0 ? condition : [condition, ...more].map((one) => `(${one})`).join(' || '),
  };
}

/** A provider takes any of its audiences for any rule, so where they differ the condition tells which goes with which. */
function conditionOf({ checked }: Way, withAudience: boolean): string {
  const audience = withAudience ? checked.filter(({ claim }) => claim === 'aud').map(celClause) : [];
  return [...audience, celCondition(checked)].join(' && ');
}

function fits({ condition }: GoogleProvider): boolean {
  return condition.length <= CONDITION_CHARACTERS;
}

/** What Google Cloud would refuse, and where it hands out more than the policy. */
export function googleProblems(request: RenderRequest): readonly TrustProblem[] {
  const places = placesOf(request.all);
  const strays = request.principals.flatMap((principal) =>
    strayWays(principal, places).map((stray) => strayProblem(principal, stray)),
  );
  const long = usedProviders(request).flatMap(([name, ways]) => lengthProblems(request.policy, name, ways));
  return [...strays, ...long];
}

function strayProblem({ name }: Principal, { rule }: Way): TrustProblem {
  const message = `rule ${rule.id} opens ${name} too: the pool cannot tell it from the rule that does, as repository and environment (and commit of the reusable workflow) are the same; give one of them an environment or a pool of its own`;
  return { level: 'error', target: 'gcp', line: rule.line, message };
}

function lengthProblems(policy: Policy, name: string, ways: readonly Way[]): readonly TrustProblem[] {
  const whole = providerOf(policy, name, ways);
  if (fits(whole)) return [];
  const limit = `at most ${CONDITION_CHARACTERS} characters are taken`;
  const long = [...byRule(ways)].flatMap(([id, own]) => {
    const provider = providerOf(policy, name, own);
    const message = `the condition of rule ${id} has ${provider.condition.length} characters, ${limit}: name fewer commits, accounts or refs`;
    return fits(provider) ? [] : [problem(own, message)];
  });
  if (long.length > 0) return long;
  const message = `the condition of ${name} would have ${whole.condition.length} characters, ${limit}: it is written as a provider for each rule; name each in the grant of its rule (provider:)`;
  return [problem(ways, message)];
}

function problem(ways: readonly Way[], message: string): TrustProblem {
  const line = Math.min(...ways.map(({ rule }) => rule.line));
  return { level: 'error', target: 'gcp', line, message };
}

function byRule(ways: readonly Way[]): ReadonlyMap<string, readonly Way[]> {
  return Map.groupBy(ways, ({ rule }) => rule.id);
}

/** The providers of the principals, each with all ways that go by it, whichever principal they lead to. */
function usedProviders({ principals, all }: RenderRequest): readonly (readonly [string, readonly Way[]])[] {
  const used = new Set(byProvider(principals).keys());
  return [...byProvider(all)].filter(([name]) => used.has(name));
}

function byProvider(principals: readonly Principal[]): ReadonlyMap<string, readonly Way[]> {
  const found = principals
    .flatMap(({ ways }) => ways)
    .flatMap((way) => (way.grant.kind === 'bigquery' ? [{ way, provider: way.grant.provider }] : []));
  const groups = Map.groupBy(found, ({ provider }) => provider);
  return new Map([...groups].map(([provider, uses]) => [provider, uses.map(({ way }) => way)]));
}
