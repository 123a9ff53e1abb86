import { PassportError } from '../../errors.ts';
import { type ClaimName, type Claims, claimText, shownClaim } from '../../identity/claims.ts';
import { identityOf } from '../../identity/given-claims.ts';
import { loadPolicy } from '../load.ts';
import { type DraftOptions, draftRule, type RuleDraft } from './draft.ts';
import { runSuites } from './run-suite.ts';
import { readSuite } from './suite.ts';
import { type YamlValue, yamlEntry, yamlItem } from './yaml-text.ts';

/** What `policy init` writes and prints. */
export interface FirstPolicy {
  readonly policy: string;
  /** Cases for it: who is allowed, and who must stay out. */
  readonly suite: string;
}

export interface FirstOptions extends Pick<DraftOptions, 'anyActor' | 'selfHostedReason'> {
  /** Name and keys of the first grant, such as `{ kind: duckdb, path: warehouse.duckdb }`. */
  readonly grant: { readonly name: string; readonly keys: Readonly<Record<string, YamlValue>> };
}

/**
 * A first policy for the run that the claims describe, and its first suite. Both were loaded and run.
 * @throws ERR_INPUT_INVALID when no rule can be written for the claims; ERR_POLICY_INVALID for a faulty grant
 */
export async function firstPolicy(claims: Claims, options: FirstOptions): Promise<FirstPolicy> {
  const draft = draftRule(claims, { ...options, grant: options.grant.name });
  if ('message' in draft) {
    throw new PassportError('ERR_INPUT_INVALID', draft.message, { reason: 'NO_FIRST_RULE', hint: draft.fix });
  }
  const first = { policy: policyText(claims, draft, options), suite: suiteText(claims, draft) };
  const bytes = (text: string) => new TextEncoder().encode(text);
  const loaded = await loadPolicy(bytes(first.policy), 'the first policy');
  const report = runSuites(loaded, [readSuite(bytes(first.suite), 'the first suite')], new Date());
  const failed = report.results.find(({ ok }) => !ok);
  if (failed) {
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `${failed.name}: expected ${failed.expected}, got ${failed.actual}`,
      { hint: 'Take the claims of a real run.' },
    );
  }
  return first;
}

/** What a person may say in the place of claims. */
export interface FirstFlags {
  readonly repository?: string;
  readonly repositoryId?: string;
  readonly ownerId?: string;
  readonly environment?: string;
  readonly environmentId?: string;
  readonly ref?: string;
  readonly event?: string;
  readonly audience?: string;
  readonly issuer?: string;
}

/**
 * The run that the first rule is for: the given claims, or those that the flags tell of.
 * @throws ERR_INPUT_INVALID when neither is complete
 */
export function firstClaims(given: Claims | undefined, flags: FirstFlags): Claims {
  const owner = (flags.repository ?? shownClaim(given ?? new Map(), 'repository')).split('/')[0] ?? '';
  const audience = flags.audience ?? `dbt-passport/${owner}`;
  if (given !== undefined)
    return new Map([...given, ['aud', flags.audience ?? given.get('aud') ?? audience]]);
  const { repository, repositoryId, ownerId, environment } = flags;
  if (!repository || !repositoryId || !ownerId || !environment) {
    throw new PassportError(
      'ERR_INPUT_INVALID',
      'expected --claims, or --repository, --repository-id, --owner-id and --environment; something is missing',
      { hint: 'gh api repos/OWNER/NAME --jq ".id, .owner.id" prints the ids.' },
    );
  }
  return identityOf({
    iss: flags.issuer,
    aud: audience,
    repository,
    repository_id: repositoryId,
    repository_owner_id: ownerId,
    environment,
    environment_node_id: flags.environmentId,
    ref: flags.ref,
    ref_protected: 'true',
    event_name: flags.event,
    runner_environment: 'github-hosted',
  }).claims;
}

function policyText(claims: Claims, draft: RuleDraft, { grant }: FirstOptions): string {
  const { key, entry } = draft.repository;
  return [
    '# Who may run dbt, and with what. Everything that no rule names is denied. Reference: docs/policy.md of dbt-passport.',
    ...yamlEntry('version', '1', 0),
    ...yamlEntry('issuer', textOf(claims, 'iss'), 0),
    ...yamlEntry('audience', textOf(claims, 'aud'), 0),
    '',
    'repositories:',
    ...(entry ? yamlEntry(key, entry, 2) : []),
    '',
    'grants:',
    ...yamlEntry(grant.name, grant.keys, 2),
    '',
    'rules:',
    ...yamlItem(draft.rule, 2),
    '',
  ].join('\n');
}

/** Claims of the base token, in the order of a reader. */
const BASE: readonly ClaimName[] = [
  ...(['repository', 'repository_id', 'repository_owner_id', 'repository_visibility'] as const),
  ...(['environment', 'environment_node_id', 'ref', 'ref_protected', 'event_name'] as const),
  ...(['runner_environment', 'job_workflow_ref', 'job_workflow_sha', 'actor', 'actor_id'] as const),
];

function suiteText(claims: Claims, { rule }: RuleDraft): string {
  const base = BASE.filter((name) => textOf(claims, name) !== '').flatMap((name) =>
    yamlEntry(name, textOf(claims, name), 2),
  );
  const pullRequest = textOf(claims, 'event_name') === 'pull_request';
  const another = (name: string, changed: Readonly<Record<string, string>>, reason: string) => ({
    name,
    claims: changed,
    expect: 'deny',
    reasons: [reason],
  });
  const cases: readonly Readonly<Record<string, YamlValue>>[] = [
    { name: 'the run that the rule is for', expect: 'allow', rule: rule.id },
    another('another repository of the same name', { repository_id: '1' }, 'REPO_ID'),
    another('another environment', { environment: 'another' }, 'ENVIRONMENT'),
    ...(pullRequest ? [] : [another('another branch', { ref: 'refs/heads/another' }, 'REF')]),
    another('pull_request_target', { event_name: 'pull_request_target' }, 'EVENT'),
    {
      name: 'a job without an environment',
      without: ['environment'],
      expect: 'deny',
      reasons: ['CLAIM_MISSING'],
    },
    another('a runner of somebody else', { runner_environment: otherRunner(claims) }, 'RUNNER'),
  ];
  return [
    '# Run with: dbt-passport policy test. Each case is the base token with the claims of the case.',
    ...yamlEntry('version', '1', 0),
    'base:',
    ...base,
    'cases:',
    ...cases.flatMap((each) => yamlItem(each, 2)),
    '',
  ].join('\n');
}

function otherRunner(claims: Claims): string {
  return textOf(claims, 'runner_environment') === 'self-hosted' ? 'github-hosted' : 'self-hosted';
}

function textOf(claims: Claims, name: ClaimName): string {
  const read = claimText(claims, name);
  return read.kind === 'text' ? read.value : '';
}
