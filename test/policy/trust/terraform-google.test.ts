import { describe, expect, it } from 'vitest';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { terraformGoogle } from '../../../src/policy/trust/terraform-google.ts';
import { type Case, googleRequest, OTHER_POOL, PROVIDER } from './google-policy.ts';
import { example } from './render-example.ts';

const OTHER_PROJECT = PROVIDER.replace('123456789', '987654321');

async function text(...cases: readonly Case[]): Promise<string> {
  return terraformGoogle(await googleRequest(...cases)).files[0]?.text ?? '';
}

describe('Terraform for Google Cloud', () => {
  it('has a resource for each pool', async () => {
    const providers = [PROVIDER, PROVIDER, OTHER_POOL, OTHER_PROJECT];
    const written = await text(...providers.map((provider) => ({ rule: {}, grant: { provider } })));
    expect(written.match(/(?<="google_iam_workload_identity_pool" )"\S+"/g)).toEqual([
      '"github_123456789"',
      '"other_123456789"',
      '"github_987654321"',
    ]);
  });

  it.each([
    ['dbt@acme-warehouse.iam.gserviceaccount.com', 'acme-warehouse'],
    ['1-compute@developer.gserviceaccount.com', '-'],
    ['dbt@acme.iam.gserviceaccount.com.test', '-'],
  ])('finds %s in project %s', async (serviceAccount, project) => {
    const written = await text({ rule: {}, grant: { serviceAccount } });
    expect(written).toContain(`service_account_id = "projects/${project}/serviceAccounts/${serviceAccount}"`);
  });

  it('is nothing for grants of another cloud', async () => {
    const policy = await example('everything');
    const principals = principalsOf(policy, 'databricks');
    expect(terraformGoogle({ policy, principals, all: principals, options: {} }).files).toEqual([]);
  });
});
