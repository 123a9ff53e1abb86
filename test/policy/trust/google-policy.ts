import type { BigQueryGrant } from '../../../src/policy/grant-types.ts';
import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import type { RenderRequest } from '../../../src/policy/trust/rendered.ts';
import { example } from './render-example.ts';

/** A rule of a policy for Google Cloud, and what of its grant is its own. */
export interface Case {
  readonly rule: Partial<Rule>;
  readonly grant?: Partial<BigQueryGrant>;
}

const POOL = 'projects/123456789/locations/global/workloadIdentityPools';
export const PROVIDER = `${POOL}/github/providers/dbt-prod`;
export const OTHER_POOL = `${POOL}/other/providers/dbt-prod`;

/** What is rendered for a rule and a grant of BigQuery for each case, on lines 100, 101, …, and nothing else. */
export async function googleRequest(...cases: readonly Case[]): Promise<RenderRequest> {
  const policy = await example('everything');
  const [{ jobWorkflow, actorId, ...rule } = { jobWorkflow: undefined, actorId: undefined }] = policy.rules;
  const grant = policy.grants.get('bigquery');
  if (!('id' in rule) || grant?.kind !== 'bigquery' || !jobWorkflow || !actorId) throw new Error('no rule');
  const rules = cases.map((one, at): Rule => {
    const own = { id: `rule-${at}`, line: 100 + at, grants: [`grant-${at}`] };
    return { ...rule, environment: { name: `env-${at}` }, ...own, ...one.rule };
  });
  const grants = cases.map((one, at) => {
    const account = `dbt-${at}@acme-warehouse.iam.gserviceaccount.com`;
    return [`grant-${at}`, { ...grant, delegates: [], serviceAccount: account, ...one.grant }] as const;
  });
  const whole: Policy = { ...policy, rules, grants: new Map(grants) };
  const principals = principalsOf(whole, 'gcp');
  return { policy: whole, principals, all: principals, options: {} };
}

/** A reusable workflow at commits that are one digit each. */
export function workflow(...digits: readonly string[]): NonNullable<Rule['jobWorkflow']> {
  return {
    path: 'octo-sec/workflows/.github/workflows/dbt.yml',
    sha: digits.map((digit) => digit.repeat(40)),
  };
}
