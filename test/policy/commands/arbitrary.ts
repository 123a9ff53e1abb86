import fc from 'fast-check';
import type { ClaimName, Identity } from '../../../src/identity/claims.ts';
import { identity } from '../fixture.ts';

/** Other values for the claims that a rule can name. */
export const OTHERS: Readonly<Partial<Record<ClaimName, readonly unknown[]>>> = {
  iss: ['https://token.actions.githubusercontent.com/acme', undefined],
  aud: ['dbt-passport/other', undefined],
  repository: ['octo-org/other', 'octo-org/jaffle-shop2', undefined],
  repository_id: ['456780', '0456789', undefined, 456789],
  repository_owner_id: ['1', undefined],
  repository_visibility: ['public', 'internal', undefined],
  environment: ['dev', 'prod2', undefined, ''],
  environment_node_id: ['EN_other', undefined],
  ref: ['refs/heads/dev', 'refs/heads/main2', 'refs/tags/main', undefined],
  ref_type: ['tag', undefined],
  ref_protected: ['false', undefined, true],
  event_name: ['pull_request', 'schedule', 'pull_request_target', undefined],
  runner_environment: ['self-hosted', undefined],
  job_workflow_ref: ['octo-sec/workflows/.github/workflows/other.yml@refs/tags/v1', undefined],
  job_workflow_sha: ['a'.repeat(40), undefined],
  actor_id: ['1', undefined],
  sub: ['repo:octo-org@123456/jaffle-shop@456789:environment:other', undefined],
};

/** The token of the fixture with any number of claims replaced; `sub` follows unless it is one of them. */
export const anyIdentity: fc.Arbitrary<Identity> = fc
  .record(
    Object.fromEntries(
      Object.entries(OTHERS).map(([claim, values]) => [claim, fc.constantFrom(...(values ?? []))]),
    ),
    { requiredKeys: [] },
  )
  .map((overrides) => identity(overrides));

/** Tokens that real runs have, with their `sub` in order. */
export const plausible: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record({
  environment: fc.constantFrom('prod', 'ci', 'dev'),
  event_name: fc.constantFrom('push', 'schedule', 'workflow_dispatch', 'pull_request', 'pull_request_target'),
  ref: fc.constantFrom('refs/heads/main', 'refs/heads/dev', 'refs/heads/release'),
  ref_protected: fc.constantFrom('true', 'true', 'false'),
  runner_environment: fc.constantFrom('github-hosted', 'github-hosted', 'self-hosted'),
  actor_id: fc.constantFrom('583231', '7'),
  repository_id: fc.constantFrom('456789', '456789', '456790'),
  job_workflow_sha: fc.constantFrom('9a8b7c6d5e4f30213243546576879809a8b7c6d5', 'b'.repeat(40)),
});
