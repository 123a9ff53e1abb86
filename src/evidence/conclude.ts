import { artifactName } from '../artifact-name.ts';
import { asPassportError } from '../errors.ts';
import { shownClaim } from '../identity/claims.ts';
import type { Ports } from '../ports.ts';
import type { Request } from '../request.ts';
import type { Secret } from '../secret.ts';
import { type Published, publish } from './publish.ts';
import type { EvidenceRecord } from './record.ts';

/** A finished run. */
export interface Conclusion {
  readonly record: EvidenceRecord;
  /** Null when nothing could be published. */
  readonly published: Published | null;
  /** What stopped the run; when publishing failed as well, an AggregateError of both, the first cause first. */
  readonly error: Error | null;
}

interface FinishedRun {
  readonly request: Request;
  readonly ports: Ports;
  readonly record: EvidenceRecord;
  readonly issued: readonly Secret[];
}

/**
 * Publishes the record of a good or a failed run. A failing upload never replaces the failure that
 * came before it: both are reported.
 */
export async function conclude({ record, issued, request, ports }: FinishedRun): Promise<Conclusion> {
  try {
    const published = await publish(record, issued, uploadOf(record, request), ports);
    return { record, published, error: firstCause(record, published.errors) };
  } catch (error) {
    return { record, published: null, error: firstCause(record, [error]) };
  }
}

function firstCause(record: EvidenceRecord, later: readonly unknown[]): Error | null {
  const errors = [...(record.failure === null ? [] : [record.failure]), ...later.map(asPassportError)];
  const [first] = errors;
  if (first === undefined) return null;
  return errors.length === 1
    ? first
    : new AggregateError(errors, errors.map((error) => error.message).join('; '));
}

function uploadOf(record: EvidenceRecord, { inputs, nonce }: Request) {
  const { identity } = record.facts;
  const checkRunId = identity === undefined ? '' : shownClaim(identity.claims, 'check_run_id');
  const { job, runAttempt } = record.context;
  const name = artifactName(inputs.artifactName, { job, runAttempt, checkRunId, nonce });
  return inputs.retentionDays === undefined ? { name } : { name, retentionDays: inputs.retentionDays };
}
