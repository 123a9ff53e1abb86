import { randomUUID } from 'node:crypto';
import type { ClaimName } from '../../src/identity/claims.ts';
import type { JobContext } from '../../src/identity/context.ts';

/** Claims to set or, with `undefined`, to leave out. Any type is allowed: tests forge odd values. */
export type ClaimOverrides = { readonly [claim in ClaimName]?: unknown } & {
  readonly [other: string]: unknown;
};

/** A claim set by name, ready to be signed. */
export type TokenClaims = Record<string, unknown>;

const GITHUB = {
  iss: 'https://token.actions.githubusercontent.com',
  aud: 'dbt-passport/acme',
  repository: 'octo-org/jaffle-shop',
  repository_id: '456789',
  repository_owner: 'octo-org',
  repository_owner_id: '123456',
  repository_visibility: 'private',
  environment: 'prod',
  environment_node_id: 'EN_kwDOAbCdEf4AAAAB',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  ref_protected: 'true',
  sha: '4f0b3d2c1e5a69788796a5b4c3d2e1f001122334',
  event_name: 'push',
  head_ref: '',
  base_ref: '',
  actor: 'octocat',
  actor_id: '583231',
  workflow: 'Deploy',
  workflow_ref: 'octo-org/jaffle-shop/.github/workflows/deploy.yml@refs/heads/main',
  workflow_sha: '4f0b3d2c1e5a69788796a5b4c3d2e1f001122334',
  job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0',
  job_workflow_sha: '9a8b7c6d5e4f30213243546576879809a8b7c6d5',
  runner_environment: 'github-hosted',
  run_id: '1746933707',
  run_number: '8',
  run_attempt: '1',
  check_run_id: '48123456789',
} as const;

/** The job of these claims, as its runner describes it. */
export const JOB: JobContext = {
  repository: GITHUB.repository,
  repositoryId: GITHUB.repository_id,
  repositoryOwnerId: GITHUB.repository_owner_id,
  runId: GITHUB.run_id,
  runAttempt: GITHUB.run_attempt,
  sha: GITHUB.sha,
  ref: GITHUB.ref,
  eventName: GITHUB.event_name,
  actorId: GITHUB.actor_id,
  workflowSha: GITHUB.workflow_sha,
};

/**
 * The claims of a GitHub Actions token as GitHub sends them: ids are strings, the life is 300 s and
 * `nbf` lies 600 s back. `sub` has the immutable shape and follows the other claims unless it is given.
 */
export function githubClaims(overrides: ClaimOverrides = {}, now: Date = new Date()): TokenClaims {
  const seconds = Math.floor(now.getTime() / 1000);
  const claims: TokenClaims = {
    jti: randomUUID(),
    ...GITHUB,
    nbf: seconds - 600,
    iat: seconds,
    exp: seconds + 300,
    ...overrides,
  };
  if (!Object.hasOwn(overrides, 'sub')) claims['sub'] = immutableSubject(claims);
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

function immutableSubject(claims: TokenClaims): string {
  const [owner, name] = String(claims['repository']).split('/');
  const part = (value: unknown) => String(value).replaceAll(':', '%3A');
  const context = claims['environment']
    ? `environment:${part(claims['environment'])}`
    : claims['event_name'] === 'pull_request'
      ? 'pull_request'
      : `ref:${part(claims['ref'])}`;
  return `repo:${owner}@${claims['repository_owner_id']}/${name}@${claims['repository_id']}:${context}`;
}
