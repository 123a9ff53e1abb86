import type { BigQueryGrant } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import { memberAttribute, poolOf } from './google-members.ts';

/** One entry of an allow policy of IAM. */
export interface GoogleBinding {
  readonly on:
    | { readonly kind: 'account'; readonly account: string }
    | { readonly kind: 'project'; readonly project: string }
    | { readonly kind: 'dataset'; readonly project: string; readonly dataset: string };
  readonly role: string;
  readonly member: string;
}

/**
 * Who may act as the service account: every token of the rule, through the delegates in their order. Without a
 * service account the tokens themselves get the roles of BigQuery.
 */
export function bindingsOf(rule: Rule, grant: BigQueryGrant): readonly GoogleBinding[] {
  const { serviceAccount, delegates, project, dataset } = grant;
  const members = googleMembers(rule, grant);
  if (serviceAccount === undefined) {
    return members.flatMap((member) => [
      { on: { kind: 'project', project }, role: 'roles/bigquery.jobUser', member },
      { on: { kind: 'dataset', project, dataset }, role: 'roles/bigquery.dataEditor', member },
    ]);
  }
  const on = (account: string) => ({ kind: 'account', account }) as const;
  const [first = '', ...next] = [...delegates, serviceAccount];
  return [
    ...members.map((member) => ({ on: on(first), role: 'roles/iam.workloadIdentityUser', member })),
    ...next.map((account, at) => ({
      on: on(account),
      role: 'roles/iam.serviceAccountTokenCreator',
      member: `serviceAccount:${delegates[at]}`,
    })),
  ];
}

/** The tokens of the rule as members of IAM policies. */
function googleMembers(rule: Rule, grant: BigQueryGrant): readonly string[] {
  const { name, values } = memberAttribute(rule);
  return values.map(
    (value) => `principalSet://iam.googleapis.com/${poolOf(grant)}/attribute.${name}/${value}`,
  );
}
