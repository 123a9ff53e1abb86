import type { RunStamp } from '../desk.ts';

/**
 * Who asks and why, for `X-Goog-Request-Reason`: Cloud Audit Logs keep it as
 * `protoPayload.requestMetadata.requestAttributes.reason`. Printable ASCII only, as HTTP headers carry nothing
 * else safely. Source: https://cloud.google.com/apis/docs/system-parameters
 */
export function requestReason(run: RunStamp): string {
  const parts = [
    `dbt-passport run=${run.runId}/${run.runAttempt}`,
    `repository=${run.repository}`,
    `repository_id=${run.repositoryId}`,
    `environment=${run.environment}`,
    `actor=${run.actor}`,
    `trace=${run.traceId}`,
  ];
  return parts
    .join(' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 500);
}
