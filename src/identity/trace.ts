import { sha256 } from '../sha256.ts';
import type { JobContext } from './context.ts';

/** W3C trace context of a run (https://www.w3.org/TR/trace-context/): 32 and 16 lower-case hex digits. */
export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
}

/** What a run is known by: the repository by its id, since a name can change. */
type TracedRun = Pick<JobContext, 'repositoryId' | 'runId' | 'runAttempt'>;

/**
 * The trace of this run. Its trace id is that of a valid incoming `traceparent`, or else follows from
 * repository, run and attempt, so that all jobs of a run share it; the span id is new each time.
 * @param incoming a `traceparent` header's value; one that breaks the standard is ignored, as the standard asks
 */
export async function traceOf(run: TracedRun, incoming?: string): Promise<Trace> {
  const traceId = incomingTraceId(incoming) ?? (await derivedTraceId(run));
  const spanId = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
  return { traceId, spanId };
}

/** W3C Trace Context, section 3.2.2: later versions may add fields after the flags; version ff is invalid. */
function incomingTraceId(text: string | undefined): string | undefined {
  const fields = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(text ?? '');
  if (fields === null) return undefined;
  const [, version, traceId, parentId, more] = fields;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return isZero(traceId) || isZero(parentId) ? undefined : traceId;
}

function isZero(digits: string | undefined): boolean {
  return digits === undefined || /^0+$/.test(digits);
}

async function derivedTraceId(run: TracedRun): Promise<string> {
  const name = JSON.stringify([run.repositoryId, run.runId, run.runAttempt]);
  return (await sha256(name)).slice(0, 32);
}
