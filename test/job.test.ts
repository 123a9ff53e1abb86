import { describe, expect, it } from 'vitest';
import { jobOf } from '../src/job.ts';

const RUNNER = {
  GITHUB_REPOSITORY: 'octo-org/jaffle-shop',
  GITHUB_REPOSITORY_ID: '456789',
  GITHUB_REPOSITORY_OWNER_ID: '123456',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SHA: 'a'.repeat(40),
  GITHUB_EVENT_NAME: 'push',
  GITHUB_ACTOR: 'octocat',
  GITHUB_ACTOR_ID: '583231',
  GITHUB_TRIGGERING_ACTOR: 'hubot',
  GITHUB_JOB: 'nightly',
  GITHUB_WORKFLOW_SHA: 'b'.repeat(40),
  GITHUB_SERVER_URL: 'https://github.com',
};

describe('the job', () => {
  it('is read from the variables of the runner', () => {
    const { context, expected } = jobOf(RUNNER);
    expect(context).toMatchObject({
      runId: '7',
      runAttempt: '2',
      actor: 'octocat',
      triggeringActor: 'hubot',
      ref: '',
    });
    expect(expected).toMatchObject({
      repositoryId: '456789',
      actorId: '583231',
      workflowSha: 'b'.repeat(40),
    });
  });

  // Without them a token of another run could not be told from this one's.
  it.each(['REPOSITORY_ID', 'RUN_ID', 'RUN_ATTEMPT', 'SHA', 'EVENT_NAME', 'ACTOR_ID', 'WORKFLOW_SHA'])(
    'without GITHUB_%s there is no job to check a token against',
    (name) => {
      for (const missing of [{}, { [`GITHUB_${name}`]: '' }]) {
        const { [`GITHUB_${name}` as keyof typeof RUNNER]: _, ...rest } = RUNNER;
        expect(() => jobOf({ ...rest, ...missing })).toThrow(`GITHUB_${name}`);
      }
    },
  );
});
