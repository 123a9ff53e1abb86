import type { ClaimName } from '../../identity/claims.ts';
import type { BigQueryGrant } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import { type CloudTrust, divided, ruleClauses, type TrustClause, type TrustScope } from './clauses.ts';
import { celText, shellWord } from './quoting.ts';

/** Claims that stand in the attribute condition; `sub` says nothing that the others do not say better. */
const CONDITIONS: readonly ClaimName[] = [
  'repository_owner_id',
  'repository_id',
  'environment',
  'environment_node_id',
  'ref',
  'ref_protected',
  'event_name',
  'runner_environment',
  'repository_visibility',
  'job_workflow_ref',
  'job_workflow_sha',
  'actor_id',
];

/**
 * The subject names one run, for Cloud Audit Logs; ids keep it under the 127 bytes that `sub` can pass. Source: Google
 * Cloud, "Manage workload identity pools and providers", attribute mappings and conditions (4,096 characters at most).
 */
const SUBJECT =
  'google.subject=assertion.repository_id + ":" + assertion.run_id + ":" + assertion.run_attempt';

/** Mapping and condition of a workload identity pool provider, and who may act as the service account. */
export function googleTrust(scope: TrustScope, grant: BigQueryGrant): CloudTrust {
  const clauses = ruleClauses(scope, grant.audience).map((clause) => anyRefOf(clause, scope.rule));
  const asked = clauses.filter(({ claim }) => claim !== 'sub');
  const { checked, unchecked } = divided(asked, ['iss', 'aud', ...CONDITIONS]);
  const commands = [googleProvider(scope, grant), googleBindings(scope, grant)];
  return { checked, unchecked, statement: commands.join('\n') };
}

/** The command that sets the provider up as the rule needs it. A provider can serve several rules. */
export function googleProvider(
  scope: TrustScope,
  grant: BigQueryGrant,
  verb: 'update-oidc' | 'create-oidc' = 'update-oidc',
): string {
  const [, project = '', , , , pool = '', , provider = ''] = grant.provider.split('/');
  const mapping = [SUBJECT, ...attributes(scope.rule).map(({ mapped }) => mapped)].join(',');
  const command = [
    `gcloud iam workload-identity-pools providers ${verb} ${shellWord(provider)}`,
    `  --project=${shellWord(project)} --location=global --workload-identity-pool=${shellWord(pool)}`,
    `  --issuer-uri=${shellWord(scope.policy.issuer)} --allowed-audiences=${shellWord(grant.audience)}`,
    `  --attribute-mapping=${shellWord(mapping)}`,
    `  --attribute-condition=${shellWord(googleCondition(scope, grant))}`,
  ];
  return `# If other rules use this provider, join their conditions with ||.\n${command.join(' \\\n')}`;
}

/** The rule as an attribute condition in CEL. A pattern of a ref becomes its fixed start and end, which is wider. */
export function googleCondition(scope: TrustScope, grant: BigQueryGrant): string {
  const clauses = ruleClauses(scope, grant.audience).map((clause) => anyRefOf(clause, scope.rule));
  return CONDITIONS.flatMap((name) => clauses.filter(({ claim }) => claim === name))
    .map(celOf)
    .join(' && ');
}

/**
 * Who may act as the service account: every token of the rule, through the delegates in their order. Without a
 * service account the tokens themselves get the roles of BigQuery.
 */
export function googleBindings({ rule }: TrustScope, grant: BigQueryGrant): string {
  const { serviceAccount, delegates, project, dataset } = grant;
  const members = googleMembers(rule, grant).map((member) => `--member=${shellWord(member)}`);
  if (serviceAccount === undefined) {
    return members
      .flatMap((member) => [
        `gcloud projects add-iam-policy-binding ${shellWord(project)} --role=roles/bigquery.jobUser ${member}`,
        `bq add-iam-policy-binding ${member} --role=roles/bigquery.dataEditor ${shellWord(`${project}:${dataset}`)}`,
      ])
      .join('\n');
  }
  const bind = (account: string, role: string, member: string) =>
    `gcloud iam service-accounts add-iam-policy-binding ${shellWord(account)} \\\n  --role=roles/iam.${role} ${member}`;
  const [first = '', ...next] = [...delegates, serviceAccount];
  return [
    ...members.map((member) => bind(first, 'workloadIdentityUser', member)),
    ...next.map((account, at) =>
      bind(account, 'serviceAccountTokenCreator', `--member=${shellWord(`serviceAccount:${delegates[at]}`)}`),
    ),
  ].join('\n');
}

/** The tokens of the rule as members of IAM policies. */
function googleMembers(rule: Rule, grant: BigQueryGrant): readonly string[] {
  const pool = grant.provider.split('/providers/')[0] ?? '';
  const { name, values } = attributes(rule).at(-1) ?? { name: '', values: [] };
  return values.map((value) => `principalSet://iam.googleapis.com/${pool}/attribute.${name}/${value}`);
}

/**
 * Attributes that name the rule's tokens, the narrowest last. Free text stands at the end of a value, so that no
 * name of an environment can make up the part before it.
 */
function attributes({ repository, environment, jobWorkflow }: Rule) {
  const id = repository.repositoryId;
  const wide = {
    name: 'grant',
    mapped: 'attribute.grant=assertion.repository_id + "/" + assertion.environment',
    values: [`${id}/${environment.name}`],
  };
  if (jobWorkflow === undefined) return [wide];
  const narrow = {
    name: 'workflow_grant',
    mapped:
      'attribute.workflow_grant=assertion.repository_id + "/" + assertion.job_workflow_sha + "/" + assertion.environment',
    values: jobWorkflow.sha.map((sha) => `${id}/${sha}/${environment.name}`),
  };
  return [wide, narrow];
}

/** CEL can ask for the file of the reusable workflow at any ref, as `job_workflow_sha` says which commit. */
function anyRefOf(clause: TrustClause, { jobWorkflow }: Rule): TrustClause {
  if (clause.claim !== 'job_workflow_ref' || jobWorkflow === undefined) return clause;
  return { claim: clause.claim, form: 'prefix', prefix: `${jobWorkflow.path}@` };
}

function celOf(clause: TrustClause): string {
  const claim = `assertion.${clause.claim}`;
  if (clause.form === 'prefix') return `${claim}.startsWith(${celText(clause.prefix)})`;
  if (clause.form === 'glob') {
    const parts = clause.pattern.split('*');
    const [head = '', tail = ''] = [parts[0], parts.at(-1)];
    const end = tail === '' ? '' : ` && ${claim}.endsWith(${celText(tail)})`;
    return `${claim}.startsWith(${celText(head)})${end}`;
  }
  const [only = '', ...more] = clause.values;
  if (more.length === 0) return `${claim}==${celText(only)}`;
  return `${claim} in [${clause.values.map(celText).join(', ')}]`;
}
