import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { type ClaimName, type Claims, sameName, shownClaim } from './claims.ts';

/** What the runner says of the job in its GITHUB_* variables. */
export interface JobContext {
  /** `owner/name` */
  readonly repository: string;
  readonly repositoryId: string;
  readonly repositoryOwnerId: string;
  readonly runId: string;
  readonly runAttempt: string;
  readonly sha: string;
  /** Empty for an event without a ref. */
  readonly ref: string;
  readonly eventName: string;
  readonly actorId: string;
  readonly workflowSha: string;
}

/**
 * Compares the verified claims with the job they should describe.
 * @throws PassportError ERR_CONTEXT_MISMATCH that lists every claim that differs: the token belongs to another run
 */
export function checkContext(claims: Claims, job: JobContext): void {
  const pairs: readonly (readonly [ClaimName, string])[] = [
    ['repository', job.repository],
    ['repository_id', job.repositoryId],
    ['repository_owner_id', job.repositoryOwnerId],
    ['run_id', job.runId],
    ['run_attempt', job.runAttempt],
    ['sha', job.sha],
    ['ref', job.ref],
    ['event_name', job.eventName],
    ['actor_id', job.actorId],
    ['workflow_sha', job.workflowSha],
  ];
  const differing = pairs.filter(([name, expected]) => !agrees(claims, name, expected));
  if (differing.length === 0) return;
  const list = differing.map(
    ([name, expected]) =>
      `${name} is "${plain(expected, 100)}" in the job and "${plain(shownClaim(claims, name), 100)}" in the token`,
  );
  throw new PassportError('ERR_CONTEXT_MISMATCH', `the token is not of this job: ${list.join('; ')}`, {
    reason: 'CONTEXT_MISMATCH',
    hint: 'The token comes from another run, or an earlier step changed GITHUB_* or ACTIONS_ID_TOKEN_REQUEST_* variables. Run the job again without that step.',
  });
}

function agrees(claims: Claims, name: ClaimName, expected: string): boolean {
  const value = claims.has(name) ? claims.get(name) : '';
  if (typeof value !== 'string') return false;
  return name === 'repository' ? sameName(value, expected) : value === expected;
}
