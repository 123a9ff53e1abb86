import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { witnessOf } from '../../../src/policy/lint/overlap.ts';
import type { LoadedPolicy, Rule } from '../../../src/policy/policy.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { Rendered } from '../../../src/policy/trust/rendered.ts';
import { load } from '../fixture.ts';
import { exceptions, permitted } from './permitted.ts';
import { random, randomPolicy } from './random-policy.ts';
import { OWN, randomToken, type Token } from './random-token.ts';
import { awsTrust, googleTrust, type Trust, vaultTrust } from './written-trust.ts';

const LONG = process.env['DBT_PASSPORT_LONG_RUNS'] === 'true';
const POLICIES = LONG ? 400 : 60;
const TOKENS = 300;

/** A principal: by which rules the gate would hand it out, and what was written for it. */
interface Principal {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly trust: Trust;
  readonly audience: (rule: Rule) => string;
}

type TargetName = 'aws' | 'gcp' | 'vault';
const GOOGLE =
  'https://iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod';
/** Grants of random-policy.ts: what they hand out, and the audience of their tokens. */
const HANDED: Readonly<Record<string, readonly [target: TargetName, principal: string, audience: string]>> = {
  athena: ['aws', 'dbt-athena', 'sts.amazonaws.com'],
  athena2: ['aws', 'dbt-athena', 'lake.acme'],
  other: ['aws', 'dbt-other', 'sts.amazonaws.com'],
  bigquery: ['gcp', 'dbt-prod@acme-warehouse.iam.gserviceaccount.com', GOOGLE],
  bigquery2: ['gcp', 'acme-warehouse:scratch', 'bigquery.acme'],
};
const READ = { aws: awsTrust, gcp: googleTrust, vault: vaultTrust } as const;

function principals(target: TargetName, { policy }: LoadedPolicy, rendered: Rendered): readonly Principal[] {
  const handed = (rule: Rule) =>
    target === 'vault' ? ([target, rule.id, 'vault.acme'] as const) : HANDED[rule.grants[0] ?? ''];
  const own = policy.rules.filter((rule) => handed(rule)?.[0] === target);
  const names = [...new Set(own.map((rule) => handed(rule)?.[1] ?? ''))];
  return names.map((name) => ({
    name,
    rules: own.filter((rule) => handed(rule)?.[1] === name || opensToo(rendered, rule, name)),
    trust: READ[target](rendered, name),
    audience: (rule) => handed(rule)?.[2] ?? '',
  }));
}

/** Google's bindings cannot tell some rules apart, which is an error of the rendering. */
function opensToo({ problems }: Rendered, rule: Rule, principal: string): boolean {
  return problems.some(
    ({ level, message }) => level === 'error' && message.startsWith(`rule ${rule.id} opens ${principal} too`),
  );
}

/** Where the trust is meant to be narrower than the gate, as docs/proof.md lists. */
function narrower(target: TargetName, { policy }: LoadedPolicy, rule: Rule, token: Token): boolean {
  const { jobWorkflow, repository, environment, ref } = rule;
  const keys: readonly string[] = typeof policy.subTemplate === 'object' ? policy.subTemplate : [];
  // Names are compared byte for byte.
  if (token.get('repository') !== repository.name || token.get('environment') !== environment.name)
    return true;
  // A closed list of `sub` and of workflows has them at their commits.
  const atCommit = target !== 'gcp' || keys.includes('job_workflow_ref');
  const listed = jobWorkflow?.sha.some(
    (sha) => token.get('job_workflow_ref') === `${jobWorkflow.path}@${sha}`,
  );
  if (atCommit && listed === false) return true;
  const openRef = ref === undefined || ref.kind === 'glob';
  const open = (keys.includes('ref') && openRef) || (keys.includes('job_workflow_ref') && !jobWorkflow);
  // Without a closed list of `sub` nothing is written for AWS.
  if (target === 'aws') return open;
  const named = policy.rules.some((one) => one.jobWorkflow && HANDED[one.grants[0] ?? '']?.[0] === 'gcp');
  return target === 'gcp' && named && typeof token.get('job_workflow_sha') !== 'string';
}

interface Seen {
  tokens: number;
  taken: number;
  refused: number;
  /** Comparisons without any exception but what dbt is asked to do. */
  exact: number;
}

/** One target under one policy, and what was seen of it. */
interface Comparison {
  readonly target: TargetName;
  readonly loaded: LoadedPolicy;
  readonly rendered: Rendered;
  readonly seen: Seen;
}

function compare(comparison: Comparison, tokens: readonly Token[]): void {
  const { target, loaded, rendered } = comparison;
  for (const principal of principals(target, loaded, rendered)) {
    for (const audience of new Set(principal.rules.map(principal.audience))) {
      const rules = principal.rules.filter((rule) => principal.audience(rule) === audience);
      compareOne(comparison, { ...principal, rules, audience: () => audience }, tokens);
    }
  }
}

function compareOne(comparison: Comparison, to: Principal, tokens: readonly Token[]): void {
  const { rendered, seen } = comparison;
  const ways = to.rules.map((rule) => ({ rule, excepted: exceptions(rendered, rule) }));
  const exact = ways.every(({ excepted }) => excepted.size === 1 && excepted.has('dbt'));
  const aud = to.rules.map(to.audience)[0];
  for (const token of tokens) {
    const shown = token.get('aud') === OWN ? new Map(token).set('aud', aud) : token;
    const taken = to.trust(shown);
    seen[taken ? 'taken' : 'refused'] += 1;
    if (exact) seen.exact += 1;
    const wrong = difference(comparison, to, { ways, token, taken });
    if (wrong !== undefined) throw new Error(`${wrong}: ${to.name} ${JSON.stringify([...shown])}`);
  }
}

interface Outcome {
  readonly ways: readonly { readonly rule: Rule; readonly excepted: ReadonlySet<string> }[];
  readonly token: Token;
  readonly taken: boolean;
}

function difference(
  { target, loaded, rendered }: Comparison,
  { name }: Principal,
  { ways, token, taken }: Outcome,
): 'wider' | 'narrower' | undefined {
  const by = ways.filter(({ rule, excepted }) => permitted(loaded, rule, token, excepted));
  if (taken) return by.length === 0 ? 'wider' : undefined;
  const full = by.some(
    ({ rule }) => !narrower(target, loaded, rule, token) && !opensToo(rendered, rule, name),
  );
  return full ? 'narrower' : undefined;
}

describe('a trust is the decision of the gate', () => {
  it.each(['aws', 'gcp', 'vault'] as const)(
    '%s: no token more than the printed exceptions say, and none less',
    async (target) => {
      const seen: Seen = { tokens: 0, taken: 0, refused: 0, exact: 0 };
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const next = random(seed);
          const loaded = await load(randomPolicy(next));
          const { rules } = loaded.policy;
          // Rules that overlap are an error of the linter (E16), and the gate denies what both take.
          fc.pre(rules.every((one, at) => rules.slice(at + 1).every((other) => !witnessOf(one, other))));
          const rendered = renderTrust(loaded.policy, target, { audience: 'vault.acme' });
          const tokens = Array.from({ length: TOKENS }, () => randomToken(next, loaded.policy));
          seen.tokens += tokens.length;
          compare({ target, loaded, rendered, seen }, tokens);
        }),
        { numRuns: POLICIES, endOnFailure: true },
      );
      expect(seen.tokens).toBeGreaterThanOrEqual(POLICIES * TOKENS);
      expect(seen.taken).toBeGreaterThan(POLICIES * TOKENS * 0.02);
      expect(seen.refused).toBeGreaterThan(POLICIES * TOKENS * 0.02);
      if (process.env['DBT_PASSPORT_SHOW']) process.stderr.write(`${target} ${JSON.stringify(seen)}\n`);
    },
    600_000,
  );
});
