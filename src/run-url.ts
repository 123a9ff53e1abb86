/** The page of a run's attempt on GitHub; empty when a part of it is not of GitHub's form. */
export function runUrl(serverUrl: string, repository: string, runId: string, runAttempt: string): string {
  const path = `${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
  return /^[\w.-]+\/[\w.-]+\/actions\/runs\/\d+\/attempts\/\d+$/.test(path) ? `${serverUrl}/${path}` : '';
}
