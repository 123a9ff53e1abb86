import { policyFileSchema } from '../../../src/policy/schema.ts';

/** What becomes of a key of the policy in a trust. */
export type Held =
  /** It asks this of tokens; with more of the policy around it, if it needs any. */
  | { readonly kind: 'claim'; readonly violated: Claims; readonly policy: Changes }
  /** Nothing that a trust could say: a row of the table does. */
  | { readonly kind: 'row'; readonly row: string; readonly policy: Changes }
  /** It asks nothing of a token, and gives nothing. */
  | { readonly kind: 'nothing'; readonly why: string };

/** Claims that take the place of those of the allowed token. */
type Claims = Readonly<Record<string, string>>;
/** Keys that take the place of the policy's, and of its only rule. */
export interface Changes {
  readonly file?: object;
  readonly rule?: object;
}

const claim = (violated: Claims, policy: Changes = {}): Held => ({ kind: 'claim', violated, policy });
const row = (name: string, policy: Changes): Held => ({ kind: 'row', row: name, policy });
const nothing = (why: string): Held => ({ kind: 'nothing', why });
const dbt = (limits: object): Held => row('dbt', { rule: { dbt: limits } });

export const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const DENIED = '1'.repeat(40);
const WORKFLOW = 'octo-sec/workflows/.github/workflows/dbt.yml';
const REVIEW = { last_reviewed: '2026-11-01', max_age_days: '90' };
const OVER = '2027-01-01T00:00:00Z';
/** Rules that name no person and no workflow, so that the deny list is what stands against them. */
const OPEN = { job_workflow: undefined, actor_id: undefined };

/** Every key that the schema has, and what a trust does with it. A further key of the schema fails a test until it is here. */
export const HELD: Readonly<Record<string, Held>> = {
  version: nothing('the form of the file'),
  policy_id: nothing('a name'),
  serial: nothing('against a rollback of the file'),
  not_after: row('time', { file: { not_after: OVER } }),
  last_reviewed: row('time', { file: REVIEW }),
  max_age_days: row('time', { file: REVIEW }),
  mode: nothing('audit mode goes on without federated credentials'),
  issuer: claim({ iss: 'https://token.actions.githubusercontent.com/acme' }),
  audience: claim({ aud: 'other.acme' }),
  sub_template: claim({ sub: 'repo:octo-org/jaffle-shop:environment:prod' }),
  'repositories.name': claim({ repository: 'octo-org/renamed' }),
  'repositories.repository_id': claim({ repository_id: '1' }),
  'repositories.repository_owner_id': claim({ repository_owner_id: '1' }),
  grants: nothing('the principal, which the files are about'),
  'rules.id': nothing('a name'),
  'rules.repository': claim({ repository_id: '456790', repository: 'octo-org/mart' }),
  'rules.environment': claim({ environment: 'ci' }),
  'rules.environment.name': claim({ environment: 'ci' }),
  'rules.environment.node_id': claim({ environment_node_id: 'EN_again' }),
  'rules.ref': claim({ ref: 'refs/heads/x' }),
  'rules.ref.equals': claim({ ref_type: 'tag' }, { rule: { ref: { equals: 'refs/heads/main' } } }),
  'rules.ref.one_of': claim(
    { ref: 'refs/heads/x' },
    { rule: { ref: { one_of: ['refs/heads/main', 'refs/heads/live'] } } },
  ),
  'rules.ref.glob': claim({ ref: 'refs/heads/n' }, { rule: { ref: { glob: 'refs/heads/m*' } } }),
  'rules.ref_protected': claim({ ref_protected: 'false' }),
  'rules.event_name': claim({ event_name: 'workflow_dispatch' }),
  'rules.event_name.one_of': claim(
    { event_name: 'workflow_dispatch' },
    { rule: { event_name: { one_of: ['push', 'schedule'] } } },
  ),
  'rules.runner_environment': claim({ runner_environment: 'self-hosted' }),
  'rules.runner_environment.one_of': claim(
    { runner_environment: 'other' },
    { rule: { runner_environment: { one_of: ['github-hosted', 'self-hosted'] } } },
  ),
  'rules.repository_visibility': claim({ repository_visibility: 'public' }),
  'rules.repository_visibility.one_of': claim(
    { repository_visibility: 'public' },
    { rule: { repository_visibility: { one_of: ['private', 'internal'] } } },
  ),
  'rules.job_workflow.path': claim({ job_workflow_ref: `octo-org/x/.github/workflows/dbt.yml@${SHA}` }),
  'rules.job_workflow.sha': claim({ job_workflow_sha: '2'.repeat(40) }),
  'rules.actor_id': claim({ actor_id: '7' }),
  'rules.actor_id.one_of': claim({ actor_id: '7' }, { rule: { actor_id: { one_of: ['583231', '9'] } } }),
  'rules.actor_class': claim({ actor: 'octo-app[bot]' }),
  'rules.actor_class.one_of': claim(
    { actor: 'octo-app[bot]' },
    { rule: { actor_class: { one_of: ['human', 'agent'] } } },
  ),
  'rules.allow_self_hosted': nothing('a reason; runner_environment is what is asked'),
  'rules.tag_ruleset': nothing('a reason; ref_protected is what is asked'),
  'rules.break_glass.reason': row('time', {
    rule: { break_glass: { reason: 'a fire drill', expires: OVER } },
  }),
  'rules.break_glass.expires': row('time', {
    rule: { break_glass: { reason: 'a fire drill', expires: OVER } },
  }),
  'rules.last_reviewed': row('time', { rule: REVIEW }),
  'rules.max_age_days': row('time', { rule: REVIEW }),
  'rules.grants': nothing('the principal, which the files are about'),
  'rules.credentials': nothing('ambient credentials are handed out by nobody here, see the test of it'),
  'rules.static_credentials': nothing('what the action does with keys that lie in the job'),
  'rules.checkout': nothing('which code dbt runs, which no cloud sees'),
  'rules.checkout.repositories': nothing('which code dbt runs, which no cloud sees'),
  'rules.max_ttl_seconds': row('ttl', { rule: { max_ttl_seconds: '3600' } }),
  'rules.dbt.target': dbt({ target: 'prod' }),
  'rules.dbt.commands': dbt({ commands: ['build'] }),
  'rules.dbt.within': dbt({ within: ['tag:finance'] }),
  'rules.dbt.never': dbt({ never: ['tag:pii'] }),
  'rules.dbt.full_refresh': dbt({ full_refresh: 'false' }),
  'rules.dbt.max_minutes': dbt({ max_minutes: '60' }),
  'rules.dbt.env': dbt({ env: ['DBT_REGION'] }),
  'deny.actor_id': claim({ actor_id: '99' }, { file: { deny: { actor_id: ['99'] } }, rule: OPEN }),
  'deny.repository_id': claim({ repository_id: '456789' }, { file: { deny: { repository_id: ['456789'] } } }),
  'deny.job_workflow_sha': claim(
    { job_workflow_sha: DENIED, job_workflow_ref: `${WORKFLOW}@${DENIED}` },
    { file: { deny: { job_workflow_sha: [DENIED] } }, rule: OPEN },
  ),
};

interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly pipe?: readonly Schema[];
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly value?: Schema;
  readonly options?: readonly Schema[];
}

/** Every key of the schema, with those above it; a key with others below it is not listed, but a key that may be written plainly too is. */
export function keysOfSchema(): readonly string[] {
  return [...new Set(keysOf(policyFileSchema as unknown as Schema, ''))];
}

function keysOf(schema: Schema, at: string): readonly string[] {
  const { wrapped, item, value, pipe, options, entries } = schema;
  const inner = wrapped ?? item ?? value;
  // The kinds of grants are warehouses, and ask nothing of a token.
  if (at === 'grants') return [at];
  if (inner) return keysOf(inner, at);
  if (entries)
    return Object.entries(entries).flatMap(([key, entry]) => keysOf(entry, at === '' ? key : `${at}.${key}`));
  const parts = [...(pipe ?? []), ...(schema.type === 'union' ? (options ?? []) : [])];
  const below = parts.filter(hasKeys).flatMap((part) => keysOf(part, at));
  const plain = below.length === 0 || parts.some((part) => schema.type === 'union' && !hasKeys(part));
  return plain ? [at, ...below] : below;
}

function hasKeys(schema: Schema): boolean {
  const { wrapped, item, value, pipe, options, entries } = schema;
  if (entries) return true;
  return [wrapped, item, value, ...(pipe ?? []), ...(options ?? [])].some(
    (part) => typeof part === 'object' && hasKeys(part),
  );
}
