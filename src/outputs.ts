import type { Conclusion } from './evidence/conclude.ts';
import type { Status } from './evidence/record.ts';

/** The outputs of the action, as action.yml declares them. */
export const OUTPUT_NAMES = [
  'status',
  'decision',
  'rule',
  'trace-id',
  'dbt-exit-code',
  'evidence-path',
  'artifact-id',
  'artifact-url',
  'artifact-digest',
] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];

const GOOD: readonly Status[] = ['succeeded', 'dry-run', 'auth-only'];

/** What the steps after this one get; a value that is not known is empty. */
export function outputsOf({ record, published, error }: Conclusion): Readonly<Record<OutputName, string>> {
  const { decision } = record.facts;
  return {
    // A run that could not be put on record as it should is not a good one, whatever dbt did.
    status: error !== null && GOOD.includes(record.status) ? 'failed' : record.status,
    decision: decision === undefined ? '' : decision.allow ? 'allow' : 'deny',
    rule: decision?.rule ?? '',
    'trace-id': record.trace.traceId,
    'dbt-exit-code': record.dbtExitCode === null ? '' : String(record.dbtExitCode),
    'evidence-path': published?.folder ?? '',
    'artifact-id': published?.artifact?.id ?? '',
    'artifact-url': published?.artifact?.url ?? '',
    'artifact-digest': published?.artifact?.digest ?? '',
  };
}

/** The exit code of the step: dbt's own when dbt failed, else 1 for any failure, else 0. */
export function exitCodeOf({ record, error }: Conclusion): number {
  if (record.dbtExitCode !== null && record.dbtExitCode !== 0) return record.dbtExitCode;
  return error === null && record.status !== 'cancelled' ? 0 : 1;
}
