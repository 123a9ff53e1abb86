import { auditedBy } from './evidence/audited.ts';
import type { Conclusion } from './evidence/conclude.ts';
import type { EvidenceRecord, Status } from './evidence/record.ts';
import type { StoredArtifact } from './ports.ts';
import type { SignedEvidence } from './sign-evidence.ts';

/** The outputs of the action, as action.yml declares them. */
export const OUTPUT_NAMES = [
  'status',
  'decision',
  'rule',
  'audited-rule',
  'trace-id',
  'dbt-exit-code',
  'target-path',
  'evidence-path',
  'artifact-id',
  'artifact-url',
  'artifact-digest',
] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];

/** The outputs of `mode: sign`. */
export const SIGN_OUTPUT_NAMES = [
  'status',
  'evidence-path',
  'artifact-id',
  'artifact-url',
  'artifact-digest',
] as const;

/** What the steps after it get. */
export function signedOutputs({
  folder,
  artifact,
}: Pick<SignedEvidence, 'folder' | 'artifact'>): Readonly<
  Record<(typeof SIGN_OUTPUT_NAMES)[number], string>
> {
  return {
    status: 'signed',
    'evidence-path': folder,
    ...artifactOutputs(artifact),
  };
}

function artifactOutputs(artifact: StoredArtifact | null) {
  return {
    'artifact-id': artifact?.id ?? '',
    'artifact-url': artifact?.url ?? '',
    'artifact-digest': artifact?.digest ?? '',
  };
}

const GOOD: readonly Status[] = ['succeeded', 'dry-run', 'auth-only'];

/** What the steps after this one get; a value that is not known is empty. */
export function outputsOf({ record, published, error }: Conclusion): Readonly<Record<OutputName, string>> {
  const { decision } = record.facts;
  return {
    // A run that could not be put on record as it should is not a good one, whatever dbt did.
    status: error !== null && GOOD.includes(record.status) ? 'failed' : record.status,
    decision: decision === undefined ? '' : decision.allow ? 'allow' : 'deny',
    rule: decision?.rule ?? '',
    'audited-rule': auditedBy({ status: record.status, decision }) ?? '',
    'trace-id': record.trace.traceId,
    'dbt-exit-code': record.dbtExitCode === null ? '' : String(record.dbtExitCode),
    'target-path': record.facts.outputs?.target ?? '',
    'evidence-path': published?.folder ?? '',
    ...artifactOutputs(published?.artifact ?? null),
  };
}

/** What the exit code of a step follows from. */
interface Outcome {
  readonly record: Pick<EvidenceRecord, 'status' | 'dbtExitCode'>;
  readonly error: Error | null;
}

/**
 * The exit code of the step: dbt's own when dbt failed, else 0 for a good status without an error, else 1. A cancelled run
 * has no error of its own when dbt ended well before it was stopped, and is no good one.
 */
export function exitCodeOf({ record, error }: Outcome): number {
  if (record.dbtExitCode !== null && record.dbtExitCode !== 0) return record.dbtExitCode;
  return error === null && GOOD.includes(record.status) ? 0 : 1;
}
