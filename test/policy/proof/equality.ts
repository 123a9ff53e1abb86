import { PassportError } from '../../../src/errors.ts';
import type { Claims } from '../../../src/identity/claims.ts';
import { decide } from '../../../src/policy/decide.ts';
import type { Decision } from '../../../src/policy/decision.ts';
import { witnessOf } from '../../../src/policy/lint/overlap.ts';
import type { LoadedPolicy, Rule } from '../../../src/policy/policy.ts';
import type { Target } from '../../../src/policy/trust/model.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { Rendered, RenderOptions } from '../../../src/policy/trust/rendered.ts';
import { identity, load, NOW } from '../fixture.ts';
import { exceptions, permitted } from './permitted.ts';
import { GRANTS, grantsFor, type Handed } from './random-grants.ts';
import { type Random, random, randomPolicy } from './random-policy.ts';
import { OWN, randomToken, type Token } from './random-token.ts';
import { newSeen, note, type Seen } from './seen.ts';
import { type Files, KEYCLOAK, READERS } from './written-trust.ts';

/** Tokens under one policy. */
const TOKENS = 100;

/** One target, with the options that change what it checks. */
export interface Proof {
  readonly target: Target;
  readonly options?: RenderOptions;
}

/** A rule that leads to a principal, and what nobody compares for it. */
interface Way extends Handed {
  readonly rule: Rule;
  readonly excepted: ReadonlySet<string>;
  /** Not meant for the principal; Google's bindings cannot tell it from one that is. */
  readonly stray: boolean;
}

interface Round {
  readonly proof: Proof;
  readonly loaded: LoadedPolicy;
  readonly rendered: Rendered;
  readonly files: Files;
  readonly seen: Seen;
}

/**
 * Makes policies and tokens from a seed on, until there are enough claim sets, and compares each with what the target was given.
 * Throws at the first token that is taken or refused wrongly, and at a policy that is rendered though rules overlap.
 */
export async function compareTarget(proof: Proof, claimSets: number, first: number): Promise<Seen> {
  const seen = newSeen();
  for (let seed = first; seen.tokens < claimSets; seed += 1) {
    try {
      await oneRound(proof, random(seed), seen);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  return seen;
}

async function oneRound(proof: Proof, next: Random, seen: Seen): Promise<void> {
  const { target, options } = proof;
  const loaded = await load(randomPolicy(next, hands(target) ? grantsFor(target) : Object.keys(GRANTS)));
  const tokens = Array.from({ length: TOKENS }, () => randomToken(next, loaded.policy));
  const files: Files = (of) =>
    renderTrust(loaded.policy, of, { ...(of === target ? options : {}), ...AUDIENCES[of] });
  seen.policies += 1;
  if (overlaps(loaded.policy.rules)) {
    seen.overlapping += 1;
    if (!isRefused(() => files(target))) throw new Error('rules that overlap are rendered');
    seen.ambiguous += tokens.filter((token) => isAmbiguous(gate(loaded, token))).length;
    return;
  }
  seen.tokens += tokens.length;
  compare({ proof, loaded, rendered: files(target), files, seen }, tokens);
}

const AUDIENCES: Readonly<Partial<Record<Target, RenderOptions>>> = {
  vault: { audience: 'vault.acme' },
  keycloak: { audience: `${KEYCLOAK}/realms/dbt` },
  kong: { audience: 'kong.acme', keys: [{ kid: 'k1', pem: 'x' }] },
};

function overlaps(rules: readonly Rule[]): boolean {
  return rules.some((one, at) => rules.slice(at + 1).some((other) => witnessOf(one, other) !== undefined));
}

function isRefused(render: () => unknown): boolean {
  try {
    render();
    return false;
  } catch (error) {
    return error instanceof PassportError && error.message.startsWith('two rules take one token: ');
  }
}

function isAmbiguous({ reasons }: Decision): boolean {
  return reasons.some(({ code }) => code === 'AMBIGUOUS');
}

function gate(loaded: LoadedPolicy, token: Token): Decision {
  const claims = withAudience(token, loaded.policy.audience) as Claims;
  return decide(loaded, { claims, token: FACTS }, {}, NOW);
}

const FACTS = identity().token;

function hands(target: Target): target is 'aws' | 'gcp' | 'snowflake' | 'databricks' | 'azure' {
  return !['vault', 'keycloak', 'kong'].includes(target);
}

/** What the target hands out under a rule, by the name that its files have for it. */
function handed(
  target: Target,
  { id, grants, repository, environment, credentials }: Rule,
): Handed | undefined {
  if (credentials === 'ambient') return undefined;
  if (hands(target)) return GRANTS[grants[0] ?? '']?.hands[target];
  const audience = AUDIENCES[target]?.audience ?? '';
  if (target === 'vault') return { principal: id, audience };
  if (target === 'keycloak') return { principal: `${repository.name} ${environment.name}`, audience };
  const place = `dbt-${repository.repositoryId}-${environment.name}`;
  return { principal: place.replaceAll(/[^A-Za-z0-9_.-]/g, '-'), audience };
}

function compare(round: Round, tokens: readonly Token[]): void {
  const { proof, loaded, files } = round;
  const decisions = tokens.map((token) => gate(loaded, token));
  const shown = new Map<string, readonly Token[]>();
  for (const [principal, ways] of waysByPrincipal(round)) {
    const trust = READERS[proof.target](files, principal);
    for (const [audience, own] of Map.groupBy(ways, (way) => way.audience)) {
      const asked = shown.get(audience) ?? tokens.map((token) => withAudience(token, audience));
      shown.set(audience, asked);
      const answers = trust(asked);
      if (answers.length !== tokens.length) throw new Error('not one answer for each token');
      const judged = tokens.map((token, at) =>
        judge(round, { ways: own, token, decision: decisions[at], taken: answers[at] }),
      );
      const at = judged.findIndex((wrong) => wrong !== undefined);
      if (at !== -1) throw new Error(`${judged[at]}: ${principal} ${JSON.stringify([...(asked[at] ?? [])])}`);
    }
  }
}

function withAudience(token: Token, audience: string): Token {
  return token.get('aud') === OWN ? new Map(token).set('aud', audience) : token;
}

/** What the target hands out under the rules, and every rule that leads to it. */
function waysByPrincipal({ proof, loaded, rendered }: Round): ReadonlyMap<string, readonly Way[]> {
  const meant = loaded.policy.rules.flatMap((rule) => {
    const given = handed(proof.target, rule);
    return given === undefined ? [] : [{ ...given, rule, excepted: exceptions(rendered, rule) }];
  });
  const names = new Set(meant.map(({ principal }) => principal));
  return new Map(
    [...names].map((name) => [
      name,
      meant
        .filter(({ principal, rule }) => principal === name || opensToo(rendered, rule, name))
        .map((way) => ({ ...way, stray: way.principal !== name })),
    ]),
  );
}

/** Google's bindings cannot tell some rules apart, which is an error of the rendering. */
function opensToo({ problems }: Rendered, rule: Rule, principal: string): boolean {
  return problems.some(
    ({ level, message }) => level === 'error' && message.startsWith(`rule ${rule.id} opens ${principal} too`),
  );
}

interface Answer {
  readonly ways: readonly Way[];
  readonly token: Token;
  readonly decision: Decision | undefined;
  readonly taken: boolean | undefined;
}

function judge(round: Round, answer: Answer): 'wider' | 'narrower' | 'ambiguous' | undefined {
  const { loaded, seen } = round;
  const { ways, token, decision, taken } = answer;
  if (decision === undefined || taken === undefined) throw new Error('no answer');
  if (isAmbiguous(decision)) return 'ambiguous';
  const allowed = ways.some(({ rule }) => rule.id === decision.rule);
  const nearest = ways.some(({ rule }) => rule.id === decision.nearest);
  note(seen, { allowed, taken, ...(nearest && { reasons: decision.reasons }) });
  if (!taken) {
    const by = ways.filter((way) => !way.stray && !narrower(round, way, token));
    return by.some(({ rule, excepted }) => permitted(loaded, rule, token, excepted)) ? 'narrower' : undefined;
  }
  if (allowed) return undefined;
  return ways.some(({ rule, excepted }) => permitted(loaded, rule, token, excepted)) ? undefined : 'wider';
}

/** Where the trust is meant to be narrower than the gate, as docs/proof.md lists. */
function narrower({ proof, loaded }: Round, { rule, excepted }: Way, token: Token): boolean {
  const { repository, environment } = rule;
  const { subTemplate, rules } = loaded.policy;
  const keys: readonly string[] = typeof subTemplate === 'object' ? subTemplate : [];
  const google = proof.target === 'gcp';
  // Names are compared byte for byte.
  const spelt = token.get('repository') === repository.name && token.get('environment') === environment.name;
  // A closed list of `sub` and of workflows has them at their commits.
  const atCommit = keys.includes('job_workflow_ref') || !(google || excepted.has('job_workflow_ref'));
  if (!spelt || (atCommit && !isAtCommit(rule, token))) return true;
  // Of branches and tags in one list, those of one type may be compared, and those of the other not.
  if (excepted.has('ref') && !excepted.has('ref_type') && !isListed(rule, token)) return true;
  // Without a closed list of `sub` nothing is written for what is found by it.
  if (!google && proof.target !== 'vault') return isOpen(rule, keys);
  const named = rules.some((one) => one.jobWorkflow && handed('gcp', one) !== undefined);
  return google && named && typeof token.get('job_workflow_sha') !== 'string';
}

function isAtCommit({ jobWorkflow }: Rule, token: Token): boolean {
  const workflow = token.get('job_workflow_ref');
  return jobWorkflow?.sha.some((sha) => workflow === `${jobWorkflow.path}@${sha}`) ?? true;
}

function isListed({ ref }: Rule, token: Token): boolean {
  const value = String(token.get('ref'));
  const type = value.startsWith('refs/tags/') ? 'tag' : 'branch';
  return ref?.kind !== 'one-of' || (ref.values.includes(value) && token.get('ref_type') === type);
}

function isOpen({ ref, jobWorkflow }: Rule, keys: readonly string[]): boolean {
  const openRef = ref === undefined || ref.kind === 'glob';
  return (keys.includes('ref') && openRef) || (keys.includes('job_workflow_ref') && !jobWorkflow);
}
