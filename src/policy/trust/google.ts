import type { BigQueryGrant } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import { capabilityOf } from './capability.ts';
import { celCondition } from './cel.ts';
import { type CloudTrust, divided, ruleClauses, type TrustScope } from './clauses.ts';
import { memberAttributes, poolOf } from './google-members.ts';
import type { TrustClause } from './model.ts';
import { shellWord } from './quoting.ts';

/**
 * The subject names one run, for Cloud Audit Logs; ids keep it under the 127 bytes that `sub` can pass. Source: Google
 * Cloud, "Manage workload identity pools and providers", attribute mappings and conditions (4,096 characters at most).
 */
const SUBJECT =
  'google.subject=assertion.repository_id + ":" + assertion.run_id + ":" + assertion.run_attempt';

/** Mapping and condition of a workload identity pool provider, and who may act as the service account. */
export function googleTrust(scope: TrustScope, grant: BigQueryGrant): CloudTrust {
  const { checked, unchecked } = googleTrustClauses(scope, grant);
  const commands = [googleProvider(scope, grant), googleBindings(scope, grant)];
  return { checked, unchecked, statement: commands.join('\n') };
}

function googleTrustClauses(
  scope: TrustScope,
  grant: BigQueryGrant,
): Pick<CloudTrust, 'checked' | 'unchecked'> {
  const clauses = ruleClauses(scope, grant.audience).map((clause) => anyRefOf(clause, scope.rule));
  return divided(clauses, capabilityOf('gcp'));
}

/** The command that sets the provider up as the rule needs it. A provider can serve several rules. */
export function googleProvider(
  scope: TrustScope,
  grant: BigQueryGrant,
  verb: 'update-oidc' | 'create-oidc' = 'update-oidc',
): string {
  const [, project = '', , , , pool = '', , provider = ''] = grant.provider.split('/');
  const mapping = [SUBJECT, ...memberAttributes(scope.rule).map(({ mapped }) => mapped)].join(',');
  const command = [
    `gcloud iam workload-identity-pools providers ${verb} ${shellWord(provider)}`,
    `  --project=${shellWord(project)} --location=global --workload-identity-pool=${shellWord(pool)}`,
    `  --issuer-uri=${shellWord(scope.policy.issuer)} --allowed-audiences=${shellWord(grant.audience)}`,
    `  --attribute-mapping=${shellWord(mapping)}`,
    `  --attribute-condition=${shellWord(googleCondition(scope, grant))}`,
  ];
  return `# If other rules use this provider, join their conditions with ||.\n${command.join(' \\\n')}`;
}

/** The rule as an attribute condition in CEL. Issuer and audience are fields of the provider. */
export function googleCondition(scope: TrustScope, grant: BigQueryGrant): string {
  return celCondition(googleTrustClauses(scope, grant).checked);
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
  const { name, values } = memberAttributes(rule).at(-1) ?? { name: '', values: [] };
  return values.map(
    (value) => `principalSet://iam.googleapis.com/${poolOf(grant)}/attribute.${name}/${value}`,
  );
}

/** CEL can ask for the file of the reusable workflow at any ref, as `job_workflow_sha` says which commit. */
export function anyRefOf(clause: TrustClause, { jobWorkflow }: Rule): TrustClause {
  if (clause.claim !== 'job_workflow_ref' || jobWorkflow === undefined) return clause;
  return { claim: clause.claim, kind: 'prefix', prefix: `${jobWorkflow.path}@` };
}
