import { type ClaimName, type Claims, claimText } from '../../identity/claims.ts';
import type { Policy, Repository, Rule } from '../policy.ts';
import { EVENTS } from '../schema.ts';
import type { YamlValue } from './yaml-text.ts';

/** A claim that a drafted rule leaves open, and why. */
export interface OpenClaim {
  readonly claim: ClaimName;
  readonly why: string;
}

/** The narrowest rule for a token, as a person would write it. */
export interface RuleDraft {
  readonly repository: {
    /** Its name in `repositories`. */
    readonly key: string;
    /** Set when `repositories` lacks it. */
    readonly entry?: { name: string; repository_id: string; repository_owner_id: string };
  };
  readonly rule: { readonly id: string; readonly [key: string]: YamlValue };
  readonly open: readonly OpenClaim[];
}

/** Why no rule can be drafted: what stands against it, and what to do. */
export interface DraftRefusal {
  readonly claim: ClaimName;
  readonly message: string;
  readonly fix: string;
}

export interface DraftOptions {
  /** Name in `grants`. */
  readonly grant: string;
  /** Leaves `actor_id` open. */
  readonly anyActor?: boolean;
  /** Why a runner of your own may be used; needed when the token has one. */
  readonly selfHostedReason?: string;
  /** Keys of another rule to take over: its limits. */
  readonly limits?: Readonly<Record<string, YamlValue>>;
  /** The policy that the rule is for: its names are used, and not taken twice. */
  readonly policy?: Policy;
}

/**
 * The rule that holds for exactly these claims: each claim that a rule can name is pinned to the token's value,
 * but for those in `open`.
 */
export function draftRule(claims: Claims, options: DraftOptions): RuleDraft | DraftRefusal {
  const refused = refusal(claims, options);
  if (refused) return refused;
  const text = (name: ClaimName) => plainText(claims, name) ?? '';
  const nodeId = text('environment_node_id');
  const visibility = text('repository_visibility');
  const pullRequest = text('event_name') === 'pull_request';
  const selfHosted = text('runner_environment') === 'self-hosted';
  const reusable = reusableWorkflow(claims);
  const repository = repositoryOf(claims, options.policy);
  return {
    repository,
    rule: {
      id: freeId(claims, options.policy),
      repository: repository.key,
      environment: nodeId === '' ? text('environment') : { name: text('environment'), node_id: nodeId },
      ...(!pullRequest && { ref: text('ref') }),
      event_name: text('event_name'),
      ...(selfHosted && {
        runner_environment: 'self-hosted',
        allow_self_hosted: options.selfHostedReason ?? '',
      }),
      ...(visibility !== '' && { repository_visibility: visibility }),
      ...(reusable && { job_workflow: reusable }),
      ...(!options.anyActor && { actor_id: text('actor_id') }),
      grants: [options.grant],
      ...options.limits,
    },
    open: openClaims({
      pullRequest,
      reusable: reusable !== undefined,
      anyActor: options.anyActor ?? false,
      nodeId,
      visibility,
    }),
  };
}

const ALWAYS: readonly ClaimName[] = [
  'repository',
  'repository_id',
  'repository_owner_id',
  'environment',
  'event_name',
  'runner_environment',
];

function refusal(claims: Claims, options: DraftOptions): DraftRefusal | undefined {
  const pullRequest = plainText(claims, 'event_name') === 'pull_request';
  const needed: readonly ClaimName[] = [
    ...ALWAYS,
    ...(pullRequest ? [] : (['ref', 'ref_protected'] as const)),
    ...(options.anyActor ? [] : (['actor_id'] as const)),
  ];
  const odd = needed.find((claim) => plainText(claims, claim) === undefined);
  if (odd === 'environment') {
    return {
      claim: odd,
      message: 'the job names no environment, and no rule does without one',
      fix: 'Add `environment: NAME` to the job.',
    };
  }
  if (odd !== undefined) {
    return {
      claim: odd,
      message: `expected plain text in ${odd}, which a rule compares`,
      fix: 'Take the claims of a real run.',
    };
  }
  return eventRefusal(claims) ?? refRefusal(claims, pullRequest) ?? runnerRefusal(claims, options);
}

function eventRefusal(claims: Claims): DraftRefusal | undefined {
  const event = plainText(claims, 'event_name') ?? '';
  if ((EVENTS as readonly string[]).includes(event)) return undefined;
  return {
    claim: 'event_name',
    message: `no rule can allow ${event}: it runs, or may run, foreign input with the trust of the base repository`,
    fix: `Start the workflow by one of ${EVENTS.join(', ')}.`,
  };
}

function refRefusal(claims: Claims, pullRequest: boolean): DraftRefusal | undefined {
  if (pullRequest || plainText(claims, 'ref_protected') === 'true') return undefined;
  return {
    claim: 'ref_protected',
    message: `${plainText(claims, 'ref')} is not protected, so whoever can push would choose what runs`,
    fix: 'Protect the branch or tag in the settings of the repository, then ask again with the claims of a new run.',
  };
}

function runnerRefusal(claims: Claims, options: DraftOptions): DraftRefusal | undefined {
  if (plainText(claims, 'runner_environment') !== 'self-hosted' || options.selfHostedReason) return undefined;
  return {
    claim: 'runner_environment',
    message: 'the job runs on a runner of your own, which needs a reason in the rule',
    fix: 'Use a github-hosted runner, or give the reason: --self-hosted-reason "…".',
  };
}

function plainText(claims: Claims, name: ClaimName): string | undefined {
  const read = claimText(claims, name);
  return read.kind === 'text' ? read.value : undefined;
}

/** A reusable workflow is pinned; a job's own workflow changes with every commit of its repository, which `ref` covers. */
function reusableWorkflow(claims: Claims): { path: string; sha: string[] } | undefined {
  const written = plainText(claims, 'job_workflow_ref');
  const sha = plainText(claims, 'job_workflow_sha');
  if (!written || !sha || written === plainText(claims, 'workflow_ref')) return undefined;
  return { path: written.split('@')[0] ?? '', sha: [sha] };
}

function repositoryOf(claims: Claims, policy: Policy | undefined): RuleDraft['repository'] {
  const entry = {
    name: plainText(claims, 'repository') ?? '',
    repository_id: plainText(claims, 'repository_id') ?? '',
    repository_owner_id: plainText(claims, 'repository_owner_id') ?? '',
  };
  const known = [...(policy?.repositories ?? [])].find(([, written]) => sameRepository(written, entry));
  if (known) return { key: known[0] };
  const name = word(entry.name.split('/')[1] ?? 'repository');
  return { key: free(name, [...(policy?.repositories.keys() ?? [])]), entry };
}

function sameRepository(written: Repository, entry: NonNullable<RuleDraft['repository']['entry']>): boolean {
  return (
    written.repositoryId === entry.repository_id &&
    written.ownerId === entry.repository_owner_id &&
    written.name.toLowerCase() === entry.name.toLowerCase()
  );
}

function freeId(claims: Claims, policy: Policy | undefined): string {
  const parts = [plainText(claims, 'environment') ?? '', plainText(claims, 'event_name') ?? ''];
  return free(
    word(parts.join('-')),
    (policy?.rules ?? []).map(({ id }) => id),
  );
}

function free(name: string, taken: readonly string[]): string {
  let candidate = name;
  for (let number = 2; taken.includes(candidate); number += 1) candidate = `${name}-${number}`;
  return candidate;
}

/** As a name in a policy: letters, digits, `_` and `-`. */
function word(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^[-_]+/, '')
      .slice(0, 50) || 'rule'
  );
}

interface Shape {
  readonly pullRequest: boolean;
  readonly reusable: boolean;
  readonly anyActor: boolean;
  readonly nodeId: string;
  readonly visibility: string;
}

function openClaims({ pullRequest, reusable, anyActor, nodeId, visibility }: Shape): readonly OpenClaim[] {
  const open: OpenClaim[] = [];
  if (pullRequest) open.push({ claim: 'ref', why: 'each pull request has a ref of its own' });
  if (anyActor) open.push({ claim: 'actor_id', why: 'whoever may start the workflow' });
  if (nodeId === '') open.push({ claim: 'environment_node_id', why: 'the token has none' });
  if (visibility === '') open.push({ claim: 'repository_visibility', why: 'the token has none' });
  if (!reusable) {
    const why =
      'the job has a workflow of its own, which changes with every commit; a reusable one would be pinned';
    open.push({ claim: 'job_workflow_ref', why });
  }
  return open;
}

/** What a rule limits beside who may use it, as it would be written; defaults are left out. */
export function writtenLimits({
  dbt,
  checkout,
  maxTtlSeconds,
  staticCredentials,
}: Rule): Readonly<Record<string, YamlValue>> {
  const selectors = (list: Rule['dbt']['within']) => list.map(({ method, value }) => `${method}:${value}`);
  return {
    ...(staticCredentials === 'refuse' && { static_credentials: staticCredentials }),
    ...(checkout.kind === 'any' && { checkout: 'any' }),
    ...(checkout.kind === 'repositories' && { checkout: { repositories: checkout.names } }),
    ...(maxTtlSeconds !== undefined && { max_ttl_seconds: String(maxTtlSeconds) }),
    dbt: {
      commands: dbt.commands,
      ...(dbt.within.length > 0 && { within: selectors(dbt.within) }),
      ...(dbt.never.length > 0 && { never: selectors(dbt.never) }),
      ...(dbt.fullRefresh && { full_refresh: 'true' }),
      ...(dbt.maxMinutes !== undefined && { max_minutes: String(dbt.maxMinutes) }),
      ...(dbt.env.length > 0 && { env: dbt.env }),
    },
  };
}
