import type { BigQueryGrant } from '../../policy/grant-types.ts';
import { shellWord } from '../../policy/trust/quoting.ts';
import { type Lack, lacks } from './lack.ts';

/** The narrowest predefined role with a permission. Source: Google Cloud, "BigQuery IAM roles and permissions". */
const ROLES: readonly (readonly [permission: RegExp, role: string, on: 'project' | 'dataset'])[] = [
  [/^bigquery\.jobs\./, 'roles/bigquery.jobUser', 'project'],
  [/^bigquery\.datasets\.create$/, 'roles/bigquery.user', 'project'],
  [/^bigquery\.readsessions\./, 'roles/bigquery.readSessionUser', 'project'],
  [/\.(create|update|updateData|delete|updateTag)$/, 'roles/bigquery.dataEditor', 'dataset'],
  [/^/, 'roles/bigquery.dataViewer', 'dataset'],
];

/** Source: BigQuery, "Troubleshoot IAM permissions": the forms of `Access Denied`. */
export function bigQueryProblem(message: string, grant: BigQueryGrant): Lack | undefined {
  const named =
    /Permission (bigquery\.[A-Za-z.]+) denied(?: on \w+ ([\w:.-]+))?/.exec(message) ??
    /does not have (bigquery\.[A-Za-z.]+) permission(?: (?:in|on|for) \w+ ([\w:.-]+))?/.exec(message);
  if (named) return lack(grant, named[1] ?? '', named[2] ?? '');
  const query = /does not have permission to query table(?: or view)? ([\w:.-]+)/.exec(message);
  return query ? lack(grant, 'bigquery.tables.getData', query[1] ?? '') : undefined;
}

function lack(grant: BigQueryGrant, permission: string, object: string): Lack {
  const [, role = '', on = 'dataset'] = ROLES.find(([pattern]) => pattern.test(permission)) ?? [];
  const who = grant.serviceAccount === undefined ? 'PRINCIPAL' : `serviceAccount:${grant.serviceAccount}`;
  const name = object.replace(/[.:]+$/, '');
  const { project, dataset } =
    on === 'project' ? { project: name || grant.project, dataset: '' } : datasetOf(name, grant);
  const statement =
    on === 'project'
      ? `gcloud projects add-iam-policy-binding ${shellWord(project)} --role=${role} --member=${shellWord(who)}`
      : `GRANT \`${role}\` ON SCHEMA \`${project}.${dataset}\` TO "${who}";`;
  const where = name === '' ? '' : ` on ${name}, or it does not exist`;
  return lacks(grant.serviceAccount ?? 'the federated principal', `${permission}${where}`, statement);
}

/** `project:dataset.table`, `project.dataset.table` or `project:dataset`; the grant's own when it is none of them. */
function datasetOf(object: string, grant: BigQueryGrant) {
  const [, project = grant.project, dataset = grant.dataset] = /^([a-z0-9-]+)[.:](\w+)/.exec(object) ?? [];
  return { project, dataset };
}
