import { asciiLower, CLAIM_NAMES, type ClaimName, type Claims, sameName } from '../identity/claims.ts';
import type { DbtRunPredicate } from './predicate.ts';

/** What a job has for itself in its token. `ref_protected` is as of the moment when the token was made. */
const OF_ONE_TOKEN = [
  'aud sub jti iat nbf exp environment environment_node_id ref_protected',
  'job_workflow_ref job_workflow_sha runner_environment check_run_id',
]
  .join(' ')
  .split(' ');

/** Claims that GitHub gives alike to every job of one attempt of a run. */
export const RUN_CLAIMS = CLAIM_NAMES.filter((name) => !OF_ONE_TOKEN.includes(name));

/** What a job says of its run, by the claim that must say the same. */
export function runFacts(run: DbtRunPredicate['run']): readonly (readonly [ClaimName, string])[] {
  return [
    ['repository', run.repository],
    ['run_id', run.runId],
    ['run_attempt', run.runAttempt],
    ['sha', run.sha],
    ['ref', run.ref],
    ['event_name', run.eventName],
    ['actor', run.actor],
  ];
}

/** The job that signs: its verified claims, and what its runner says that no token does. */
export interface SigningJob {
  readonly claims: Claims;
  readonly serverUrl: string;
  readonly triggeringActor: string;
}

/**
 * Is the record of the run of the job with these claims, which are verified? Every fact of the run must be
 * equal, those of the recorded token and those that the job said of itself. Throws with all that differ.
 */
export function checkSameRun(
  { identity, run, people }: DbtRunPredicate,
  { claims, serverUrl, triggeringActor }: SigningJob,
): void {
  const recorded: Readonly<Record<string, unknown>> = identity?.claims ?? {};
  const ofToken = identity === undefined ? [] : RUN_CLAIMS.map((name) => [name, recorded[name]] as const);
  const differing = [...ofToken, ...runFacts(run)].filter(([name, value]) => claims.get(name) !== value);
  const shown = differing.map(
    ([name, value]) => `${name} is ${text(value)} in the record and ${text(claims.get(name))} in this job`,
  );
  if (run.serverUrl !== serverUrl)
    shown.push(`the server is ${text(run.serverUrl)} in the record and ${text(serverUrl)} in this job`);
  for (const login of [run.triggeringActor, people?.attemptBy.login ?? triggeringActor]) {
    // Not every server has the variable.
    if (triggeringActor !== '' && !sameName(login, triggeringActor))
      shown.push(
        `the attempt was started by ${text(login)} in the record and ${text(triggeringActor)} in this job`,
      );
  }
  if (shown.length > 0) throw new Error([...new Set(shown)].join('; '));
}

const text = (value: unknown) => (value === undefined ? 'missing' : JSON.stringify(value));

/** Owner, repository and path of a `job_workflow_ref`, as GitHub compares them: a file at another ref is the same file. */
export function workflowFile(reference: string): string {
  return asciiLower(reference.split('@')[0] ?? '');
}
