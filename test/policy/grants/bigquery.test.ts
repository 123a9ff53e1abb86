import { expect, it } from 'vitest';
import { FULL, load, refusal } from '../fixture.ts';

const PROVIDER = 'projects/1/locations/global/workloadIdentityPools/github/providers/github';
const ACCOUNT = 'dbt@acme.iam.gserviceaccount.com';
const written = (more: string) =>
  FULL.replace(
    '{ kind: duckdb, path: jaffle.duckdb }',
    `{ kind: bigquery, project: acme-analytics, dataset: shop, provider: ${PROVIDER}${more} }`,
  );
const grantOf = async (more: string) => (await load(written(more))).policy.grants.get('warehouse');

it("fills in Google's own audience, the BigQuery scope, an hour and 4 threads", async () => {
  expect(await grantOf(`, service_account: ${ACCOUNT}`)).toEqual({
    kind: 'bigquery',
    project: 'acme-analytics',
    dataset: 'shop',
    provider: PROVIDER,
    audience: `https://iam.googleapis.com/${PROVIDER}`,
    serviceAccount: ACCOUNT,
    delegates: [],
    scopes: ['https://www.googleapis.com/auth/bigquery'],
    lifetimeSeconds: 3600,
    threads: 4,
  });
});

it('takes delegates and a life with an account', async () => {
  const more = `, service_account: ${ACCOUNT}, delegates: [${ACCOUNT}], lifetime_seconds: "600"`;
  expect(await grantOf(more)).toMatchObject({ delegates: [ACCOUNT], lifetimeSeconds: 600 });
});

it.each([
  ['delegates', `, delegates: [${ACCOUNT}]`],
  ['lifetime_seconds', ', lifetime_seconds: "600"'],
])('refuses %s without an account, at its own place', async (key, more) => {
  const error = await refusal(written(more));
  expect(error.message).toContain(`${key} has no meaning without service_account`);
  expect(error.place?.line).toBe(
    written(more)
      .split('\n')
      .findIndex((line) => line.includes(key)) + 1,
  );
});

it.each([
  ['a life under 600 s', `, service_account: ${ACCOUNT}, lifetime_seconds: "599"`],
  ['a life over 12 h', `, service_account: ${ACCOUNT}, lifetime_seconds: "43201"`],
  ['an account that is none', ', service_account: someone@example.com'],
  ['a scope of another maker', `, scopes: ["https://example.com/auth/bigquery"]`],
])('refuses %s', async (_what, more) => {
  expect((await refusal(written(more))).code).toBe('ERR_POLICY_INVALID');
});
