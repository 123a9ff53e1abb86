import { traceOf } from '../identity/trace.ts';
import type { Ports } from '../ports.ts';
import { progressLines } from '../progress.ts';
import type { Request } from '../request.ts';
import { TOOL } from '../version.ts';
import { explanationText } from './explanation-text.ts';
import { EvidenceRecord } from './record.ts';

/** The empty record of a run that starts now; each fact it will keep is also told in the log, and what is explained of a failure. */
export async function openRecord(
  { job, inputs, traceparent }: Request,
  ports: Ports,
): Promise<EvidenceRecord> {
  return new EvidenceRecord({
    context: job.context,
    trace: await traceOf(job.expected, traceparent),
    tool: { name: TOOL.name, version: TOOL.version },
    startedAt: ports.clock(),
    mode: inputs.mode,
    told: (name, fact) => {
      for (const line of progressLines(name, fact)) ports.say(line);
    },
    // Now, and not at the end: signing and the upload of the evidence may take their time before it.
    failed: ({ message, explanation }) => {
      if (explanation === undefined) return;
      for (const line of [message, ...explanationText(explanation).split('\n')]) ports.say(line);
    },
  });
}
