import type { LintProblem } from '../../../src/policy/lint/codes.ts';
import { type LintOptions, lintPolicy } from '../../../src/policy/lint/lint.ts';
import { NOW } from '../fixture.ts';

/** A policy that nothing is wrong with: production and a scratch area on Snowflake. */
export const CLEAN = `version: "1"
policy_id: acme
serial: "42"
not_after: "2027-02-01T00:00:00Z"
last_reviewed: "2026-11-01"
max_age_days: "180"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
sub_template: immutable
repositories:
  shop: { name: octo-org/jaffle-shop, repository_id: "456789", repository_owner_id: "123456" }
grants:
  warehouse:
    { kind: snowflake, tier: prod, account: acme-prod, user: dbt_prod, role: transformer, warehouse: w, database: d, schema: s }
  scratch:
    { kind: snowflake, tier: nonprod, account: acme-prod, user: dbt_ci, role: ci, warehouse: w, database: d, schema: ci }
rules:
  - id: prod
    repository: shop
    environment: { name: prod, node_id: EN_kwDOAbCdEf4AAAAB }
    ref: refs/heads/main
    event_name: push
    grants: [warehouse]
    dbt: { within: [tag:finance], commands: [build] }
  - id: ci
    repository: shop
    environment: ci
    event_name: pull_request
    grants: [scratch]
`;

/** The text with a piece replaced, which must be there. */
export function changed(from: string, to: string, text: string = CLEAN): string {
  if (!text.includes(from)) throw new Error(`${from} is not in the policy`);
  return text.replace(from, () => to);
}

export async function lint(
  text: string | Uint8Array,
  options: Partial<LintOptions> = {},
): Promise<readonly LintProblem[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return (await lintPolicy(bytes, 'policy.yml', { now: NOW, ...options })).problems;
}
