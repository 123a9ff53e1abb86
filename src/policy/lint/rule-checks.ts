import { mayPass } from '../../dbt/environment.ts';
import { needsCredentials } from '../grant.ts';
import type { Grant } from '../grant-types.ts';
import type { GrantTerms, Policy, Rule } from '../policy.ts';
import { dueMessage, ruleTimeMisses } from '../review.ts';
import type { Finding, LintCode } from './codes.ts';

/** A rule with what its grants are and say of themselves. */
interface RuleView {
  readonly rule: Rule;
  readonly policy: Policy;
  readonly now: Date;
  readonly grants: readonly (GrantTerms & { readonly name: string; readonly grant: Grant })[];
}

/** Why a rule should not stay as it is, and at which of its keys; undefined when there is nothing. */
type Check = (view: RuleView) => { readonly key: string; readonly message: string } | undefined;

const CHECKS: readonly (readonly [LintCode, Check])[] = [
  ['E04', unprotectedRef],
  ['E06', writingPullRequest],
  ['E07', selfHosted],
  ['E09', openProduction],
  ['W01', publicRepository],
  ['W09', runOperation],
  ['W10', silentProduction],
  ['W11', reviewDue],
  ['W12', over],
  ['W15', anyCheckout],
  ['W16', lostVariable],
];

/** What each rule shows by itself. */
export function ruleFindings(policy: Policy, now: Date): readonly Finding[] {
  return policy.rules.flatMap((rule, index) => {
    const view = { rule, policy, now, grants: grantsOf(policy, rule) };
    return CHECKS.flatMap(([code, check]) => {
      const found = check(view);
      return found ? [{ code, path: ['rules', index, ...found.key.split('.')], message: found.message }] : [];
    });
  });
}

function grantsOf(policy: Policy, rule: Rule): RuleView['grants'] {
  return rule.grants.flatMap((name) => {
    const grant = policy.grants.get(name);
    const terms = policy.grantTerms.get(name);
    return grant && terms ? [{ ...terms, name, grant }] : [];
  });
}

function unprotectedRef({ rule }: RuleView): ReturnType<Check> {
  if (rule.ref === undefined || rule.refProtected === 'true') return undefined;
  const { ref } = rule;
  const refs = ref.kind === 'one-of' ? ref.values : [ref.kind === 'glob' ? ref.pattern : ref.value];
  if (rule.tagRuleset !== undefined && refs.every((value) => value.startsWith('refs/tags/')))
    return undefined;
  const message = `rule ${rule.id} takes ${refs.join(', ')} without ref_protected: whoever can push may change what runs`;
  return { key: 'ref_protected', message };
}

function writingPullRequest({ rule, grants }: RuleView): ReturnType<Check> {
  if (!rule.eventName.includes('pull_request')) return undefined;
  const writing = grants.find(
    ({ grant, access, tier }) => needsCredentials(grant) && access === 'write' && tier !== 'nonprod',
  );
  return (
    writing && {
      key: 'event_name',
      message: `rule ${rule.id} lets unreviewed code of a pull request write with the grant ${writing.name}`,
    }
  );
}

function selfHosted({ rule }: RuleView): ReturnType<Check> {
  if (!rule.runnerEnvironment.includes('self-hosted') || rule.allowSelfHosted !== undefined) return undefined;
  const message = `rule ${rule.id} takes self-hosted runners, which keep what an earlier job left there, and does not say why`;
  return { key: 'runner_environment', message };
}

function openProduction({ rule, grants }: RuleView): ReturnType<Check> {
  const prod = grants.find(({ tier }) => tier === 'prod');
  if (!prod || rule.jobWorkflow !== undefined || rule.environment.nodeId !== undefined) return undefined;
  const message = `rule ${rule.id} gives the production grant ${prod.name} to any workflow that names the environment ${rule.environment.name}`;
  return { key: 'grants', message };
}

function publicRepository({ rule }: RuleView): ReturnType<Check> {
  if (!rule.visibility?.includes('public')) return undefined;
  const message = `rule ${rule.id} takes a public repository: anybody can read its logs and open pull requests`;
  return { key: 'repository_visibility', message };
}

function runOperation({ rule }: RuleView): ReturnType<Check> {
  if (!rule.dbt.commands.includes('run-operation')) return undefined;
  const message = `rule ${rule.id} allows run-operation, which within and never do not limit`;
  return { key: 'dbt.commands', message };
}

function lostVariable({ rule }: RuleView): ReturnType<Check> {
  const lost = rule.dbt.env.filter((name) => !mayPass(name));
  if (lost.length === 0) return undefined;
  const message = `rule ${rule.id} lists ${lost.join(', ')}, which no rule can pass to dbt`;
  return { key: 'dbt.env', message };
}

function silentProduction({ rule, grants }: RuleView): ReturnType<Check> {
  if (!/^(prod|live)/i.test(rule.environment.name)) return undefined;
  const silent = grants.find(({ grant, tier }) => needsCredentials(grant) && tier === undefined);
  return (
    silent && {
      key: 'grants',
      message: `the environment ${rule.environment.name} of rule ${rule.id} looks like production, and its grant ${silent.name} has no tier`,
    }
  );
}

function reviewDue({ rule, now }: RuleView): ReturnType<Check> {
  const message = dueMessage(`rule ${rule.id}`, rule.review, now);
  return message === undefined ? undefined : { key: 'max_age_days', message };
}

function anyCheckout({ rule }: RuleView): ReturnType<Check> {
  if (rule.checkout.kind !== 'any') return undefined;
  const message = `rule ${rule.id} lets dbt run whatever is checked out: a step before it can change the code, and only the record tells`;
  return { key: 'checkout', message };
}

function over({ rule, now }: RuleView): ReturnType<Check> {
  const [miss] = ruleTimeMisses(rule, now);
  return (
    miss && {
      key: miss.key,
      message: `rule ${rule.id} allows nothing: expected ${miss.expected}, got ${miss.actual}`,
    }
  );
}
