import type { PolicyDocument } from './document.ts';
import { resolveGrant } from './grant-kinds.ts';
import type {
  DbtLimits,
  GrantTerms,
  Policy,
  RefClause,
  Repository,
  Review,
  Rule,
  Selector,
} from './policy.ts';
import type { PolicyFile } from './schema.ts';

type WrittenRule = PolicyFile['rules'][number];

/** Events of a rule that names none: each runs code that is already on a branch of the repository. */
const DEFAULT_EVENTS = ['push', 'schedule', 'workflow_dispatch'];
/** Commands of a rule that names none: `build` and the parts it consists of, and `deps`, without which most projects do not parse. */
const DEFAULT_COMMANDS = ['deps', 'build', 'run', 'test', 'seed', 'snapshot'];

/** The file as the product holds it: names resolved, defaults filled in (docs/policy.md lists them). */
export function resolvePolicy(file: PolicyFile, document: PolicyDocument): Policy {
  const repositories = new Map(
    Object.entries(file.repositories).map(([name, written]): [string, Repository] => [
      name,
      {
        name: written.name,
        repositoryId: written.repository_id,
        ownerId: written.repository_owner_id,
        line: document.place(['repositories', name], 'key').line,
      },
    ]),
  );
  return {
    issuer: file.issuer,
    audience: file.audience,
    ...(file.policy_id && { policyId: file.policy_id }),
    ...(file.serial && { serial: Number(file.serial) }),
    ...(file.not_after && { notAfter: file.not_after }),
    ...reviewOf(file, undefined),
    mode: file.mode ?? 'enforce',
    ...(file.sub_template && { subTemplate: file.sub_template }),
    repositories,
    grants: new Map(Object.entries(file.grants).map(([name, written]) => [name, resolveGrant(written)])),
    grantTerms: new Map(
      Object.entries(file.grants).map(([name, written]) => [name, grantTerms(name, written, document)]),
    ),
    rules: file.rules.flatMap((rule, index) => {
      const repository = repositories.get(rule.repository);
      return repository ? [resolveRule(rule, index, repository, file, document)] : [];
    }),
    deny: {
      actorId: file.deny?.actor_id ?? [],
      repositoryId: file.deny?.repository_id ?? [],
      jobWorkflowSha: file.deny?.job_workflow_sha ?? [],
    },
  };
}

function resolveRule(
  rule: WrittenRule,
  index: number,
  repository: Repository,
  file: PolicyFile,
  document: PolicyDocument,
): Rule {
  const path = ['rules', index];
  const environment =
    typeof rule.environment === 'string'
      ? { name: rule.environment }
      : {
          name: rule.environment.name,
          ...(rule.environment.node_id && { nodeId: rule.environment.node_id }),
        };
  const refProtected = rule.ref_protected ?? (rule.ref === undefined ? 'any' : 'true');
  return {
    id: rule.id,
    line: document.place(path).line,
    repository,
    environment,
    ...(rule.ref && { ref: refClause(rule.ref) }),
    ...(refProtected !== 'any' && { refProtected }),
    eventName: rule.event_name ? values(rule.event_name) : DEFAULT_EVENTS,
    runnerEnvironment: rule.runner_environment ? values(rule.runner_environment) : ['github-hosted'],
    ...(rule.repository_visibility && { visibility: values(rule.repository_visibility) }),
    ...(rule.job_workflow && { jobWorkflow: rule.job_workflow }),
    ...(rule.actor_id && { actorId: values(rule.actor_id) }),
    ...(rule.actor_class && { actorClass: values(rule.actor_class) }),
    ...ruleTerms(rule),
    ...reviewOf(rule, file.last_reviewed),
    grants: rule.grants,
    ...credentialRules(rule),
    checkout: checkoutClause(rule.checkout),
    dbt: dbtLimits(rule.dbt, environment.name),
    lines: new Map(Object.keys(rule).map((key) => [key, document.place([...path, key], 'key').line])),
  };
}

/** What a person answers for. */
function ruleTerms(
  rule: WrittenRule,
): Pick<Rule, 'allowSelfHosted' | 'tagRuleset' | 'breakGlass' | 'maxTtlSeconds'> {
  return {
    ...(rule.allow_self_hosted && { allowSelfHosted: rule.allow_self_hosted }),
    ...(rule.tag_ruleset && { tagRuleset: rule.tag_ruleset }),
    ...(rule.break_glass && { breakGlass: rule.break_glass }),
    ...(rule.max_ttl_seconds && { maxTtlSeconds: Number(rule.max_ttl_seconds) }),
  };
}

/** Nothing ages without `max_age_days`. A rule that has no day of its own was reviewed with the policy. */
function reviewOf(
  written: Pick<PolicyFile, 'last_reviewed' | 'max_age_days'>,
  above: string | undefined,
): { review?: Review } {
  const lastReviewed = written.last_reviewed ?? above;
  if (written.max_age_days === undefined || lastReviewed === undefined) return {};
  return { review: { lastReviewed, maxAgeDays: Number(written.max_age_days) } };
}

function grantTerms(
  name: string,
  written: PolicyFile['grants'][string],
  document: PolicyDocument,
): GrantTerms {
  return {
    ...(written.tier && { tier: written.tier }),
    access: written.access ?? 'write',
    line: document.place(['grants', name], 'key').line,
  };
}

function credentialRules(rule: WrittenRule): Pick<Rule, 'credentials' | 'staticCredentials'> {
  return {
    credentials: rule.credentials ?? 'federated',
    staticCredentials: rule.static_credentials ?? 'scrub',
  };
}

function checkoutClause(written: WrittenRule['checkout']): Rule['checkout'] {
  if (typeof written === 'object') return { kind: 'repositories', names: written.repositories };
  return { kind: written === 'any' ? 'any' : 'token-commit' };
}

function values<T extends string>(written: T | { readonly one_of: readonly T[] }): readonly T[] {
  return typeof written === 'string' ? [written] : written.one_of;
}

function refClause(written: NonNullable<WrittenRule['ref']>): RefClause {
  if (typeof written === 'string') return { kind: 'equals', value: written };
  if (written.glob !== undefined) return { kind: 'glob', pattern: written.glob };
  if (written.one_of !== undefined) return { kind: 'one-of', values: written.one_of };
  return { kind: 'equals', value: written.equals ?? '' };
}

function dbtLimits(written: WrittenRule['dbt'], environment: string): DbtLimits {
  return {
    target: written?.target ?? environment,
    commands: written?.commands ?? DEFAULT_COMMANDS,
    within: (written?.within ?? []).map(selector),
    never: (written?.never ?? []).map(selector),
    fullRefresh: written?.full_refresh === 'true',
    ...(written?.max_minutes && { maxMinutes: Number(written.max_minutes) }),
    env: written?.env ?? [],
  };
}

function selector(written: string): Selector {
  const colon = written.indexOf(':');
  return { method: written.slice(0, colon) as Selector['method'], value: written.slice(colon + 1) };
}
