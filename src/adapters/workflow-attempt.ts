import * as v from 'valibot';
import type { AttemptSource, NoAttempt } from '../identity/people.ts';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { failureOf, githubApi, statusOf } from './github-api.ts';
import type { HttpTiming } from './http.ts';

export interface WorkflowAttemptOptions {
  /** The job's own token, with `actions: read`: the `github-token` input. */
  readonly token: Secret | undefined;
  readonly apiUrl: string;
  readonly timing?: HttpTiming;
}

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.transform(String));
const account = v.object({ login: v.pipe(v.string(), v.minLength(1)), id, type: v.string() });
const attempt = v.object({
  id,
  run_attempt: id,
  repository: v.object({ id }),
  actor: account,
  triggering_actor: account,
});

/**
 * Who started an attempt of a run, by GitHub's API. Whatever goes wrong is told as the reason for which nobody is named.
 * Source: GitHub docs, REST API, "Get a workflow run attempt"; in a private repository it needs `actions: read`.
 */
export function githubAttempt({ token, apiUrl, timing }: WorkflowAttemptOptions): AttemptSource {
  return async ({ repository, runId, attempt: number }) => {
    if (token === undefined) return { doubt: 'no-token', answer: '' };
    const [owner = '', repo = ''] = repository.split('/');
    const place = { owner, repo, run_id: Number(runId), attempt_number: Number(number) };
    try {
      const { actions } = githubApi(token, apiUrl, timing);
      const { data } = await actions.getWorkflowRunAttempt({ ...place, exclude_pull_requests: true });
      const found = v.safeParse(attempt, data);
      if (!found.success) return { doubt: 'unreachable', answer: 'an answer that cannot be read' };
      const { output } = found;
      return {
        runId: output.id,
        attempt: output.run_attempt,
        repositoryId: output.repository.id,
        actorId: output.actor.id,
        triggeringActor: output.triggering_actor,
      };
    } catch (error) {
      return noAnswer(error);
    }
  };
}

function noAnswer(error: unknown): NoAttempt {
  const failure = failureOf(error);
  if (failure !== undefined) return { doubt: 'unreachable', answer: failure.message };
  const status = statusOf(error);
  const words = error instanceof Error ? error.message.replace(/ - https:\/\/\S*$/, '') : '';
  const answer = `status ${status}${words === '' ? '' : `, ${plain(words, 120)}`}`;
  const refused = status >= 400 && status < 500 && status !== 429;
  return { doubt: refused ? 'refused' : 'unreachable', answer };
}
