import { PassportError } from './errors.ts';
import type { JobContext } from './identity/context.ts';

/** Facts about the run that are known before anything is verified; claims of the signer, not of GitHub's token. */
export interface RunContext {
  readonly repository: string;
  readonly runId: string;
  readonly runAttempt: string;
  readonly sha: string;
  readonly ref: string;
  readonly eventName: string;
  readonly actor: string;
  readonly triggeringActor: string;
  readonly job: string;
  readonly workflow: string;
  /** e.g. `https://github.com` */
  readonly serverUrl: string;
}

/** The job as the runner describes it. */
export interface Job {
  /** For the evidence. */
  readonly context: RunContext;
  /** What the token of this job must say. */
  readonly expected: JobContext;
}

/**
 * Reads the job from the runner's variables, which GitHub lets no step overwrite.
 * Source: GitHub docs, "Variables reference", default environment variables.
 * @throws PassportError ERR_INPUT_INVALID outside of a job
 */
export function jobOf(environment: Readonly<Record<string, string | undefined>>): Job {
  const optional = (name: string) => environment[`GITHUB_${name}`] ?? '';
  const required = (name: string) => {
    const value = optional(name);
    if (value !== '') return value;
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `expected the variable GITHUB_${name} of a job, got nothing`,
      {
        hint: 'Run the action in a GitHub Actions workflow; on a desk use `npm run demo` or the commands of dist/cli.js.',
      },
    );
  };
  const both = {
    repository: required('REPOSITORY'),
    runId: required('RUN_ID'),
    runAttempt: required('RUN_ATTEMPT'),
    sha: required('SHA'),
    ref: optional('REF'),
    eventName: required('EVENT_NAME'),
  };
  return {
    context: {
      ...both,
      actor: optional('ACTOR'),
      triggeringActor: optional('TRIGGERING_ACTOR'),
      job: required('JOB'),
      workflow: optional('WORKFLOW'),
      serverUrl: required('SERVER_URL'),
    },
    expected: {
      ...both,
      repositoryId: required('REPOSITORY_ID'),
      repositoryOwnerId: required('REPOSITORY_OWNER_ID'),
      actorId: required('ACTOR_ID'),
      workflowSha: required('WORKFLOW_SHA'),
    },
  };
}
