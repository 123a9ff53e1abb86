import { readFileSync } from 'node:fs';
import type { PassportError } from '../../src/errors.ts';
import type { ClaimName, Identity } from '../../src/identity/claims.ts';
import { decide } from '../../src/policy/decide.ts';
import type { AccessRequest, Decision } from '../../src/policy/decision.ts';
import { type LoadOptions, loadPolicy } from '../../src/policy/load.ts';
import type { LoadedPolicy } from '../../src/policy/policy.ts';
import { type ClaimOverrides, githubClaims } from '../support/claims.ts';

export const NOW = new Date('2026-11-22T12:00:00Z');
export const SOURCE = `acme/policies/dbt.yml@${'c0'.repeat(20)}`;

/** One rule that allows `githubClaims()`, with every clause. */
export const FULL = `version: "1"
policy_id: acme
serial: "42"
not_after: "2027-02-01T00:00:00Z"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
sub_template: immutable
repositories:
  shop: { name: octo-org/jaffle-shop, repository_id: "456789", repository_owner_id: "123456" }
grants:
  warehouse: { kind: duckdb, path: jaffle.duckdb }
rules:
  - id: prod
    repository: shop
    environment: { name: prod, node_id: EN_kwDOAbCdEf4AAAAB }
    ref: refs/heads/main
    ref_protected: "true"
    event_name: push
    runner_environment: github-hosted
    repository_visibility: private
    job_workflow:
      path: octo-sec/workflows/.github/workflows/dbt.yml
      sha: [9a8b7c6d5e4f30213243546576879809a8b7c6d5]
    actor_id: "583231"
    grants: [warehouse]
    dbt:
      target: prod
      commands: [build, test]
      within: [tag:finance, path:models/marts]
      never: [tag:pii]
      full_refresh: "false"
      max_minutes: "60"
      env: [DBT_REGION]
`;

export const SMALLEST = readFileSync(
  new URL('../../examples/policies/smallest.yml', import.meta.url),
  'utf8',
);

export function load(text: string, options?: LoadOptions): Promise<LoadedPolicy> {
  return loadPolicy(new TextEncoder().encode(text), SOURCE, options);
}

/** The refusal of a policy that must not load. */
export async function refusal(text: string | Uint8Array): Promise<PassportError> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return loadPolicy(bytes, 'policy.yml').then(
    () => {
      throw new Error('the policy was loaded');
    },
    (error: PassportError) => error,
  );
}

export function identity(overrides: ClaimOverrides = {}): Identity {
  const claims = githubClaims(overrides, NOW);
  const text = (name: string) => String(claims[name] ?? '');
  return {
    claims: new Map(Object.entries(claims)) as Map<ClaimName, unknown>,
    token: {
      issuer: text('iss'),
      subject: text('sub'),
      audience: text('aud'),
      tokenId: text('jti'),
      issuedAt: NOW.toISOString(),
      expiresAt: NOW.toISOString(),
      sha256: '00'.repeat(32),
    },
  };
}

/** Decides a policy text for GitHub's claims with some of them replaced. */
export async function decideFor(
  policy: string,
  overrides: ClaimOverrides = {},
  request: AccessRequest = {},
  now: Date = NOW,
): Promise<Decision> {
  return decide(await load(policy), identity(overrides), request, now);
}

export function codes(decision: Decision): readonly string[] {
  return decision.reasons.map(({ code }) => code);
}
