/** What makes a job's artifact its own. */
export interface ArtifactOwner {
  /** GITHUB_JOB: the same for every leg of a matrix. */
  readonly job: string;
  readonly runAttempt: string;
  /** The verified claim `check_run_id`, one per job and attempt; empty when no token was verified. */
  readonly checkRunId: string;
  /** Hex digits, fresh for each step: two steps of one job have the same check_run_id. */
  readonly nonce: string;
}

/**
 * The artifact's full name: `<prefix>-<job>-<attempt>-<check run id>-<nonce>`. Names must be unique in
 * a run, across matrix legs, re-runs and steps; GitHub refuses a second upload of a name.
 */
export function artifactName(prefix: string, owner: ArtifactOwner): string {
  return [prefix, owner.job, owner.runAttempt, owner.checkRunId, owner.nonce]
    .filter((part) => part !== '')
    .map((part, index) => (index === 0 ? part : part.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 60)))
    .join('-');
}
