import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traceOf } from '../../src/identity/trace.ts';

const RUN = {
  repositoryId: '456789',
  runId: '1746933707',
  runAttempt: '1',
};
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const VALID = `00-${TRACE_ID}-b7ad6b7169203331-01`;

describe('traceOf', () => {
  it('gives every job of a run one trace id, and each a span id of its own', async () => {
    const [one, two] = [await traceOf(RUN), await traceOf(RUN)];
    expect(one.traceId).toBe(two.traceId);
    expect(one.spanId).not.toBe(two.spanId);
  });

  it('derives the trace id in a way that does not change between releases', async () => {
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update('["456789","1746933707","1"]').digest('hex');
    expect((await traceOf(RUN)).traceId).toBe(digest.slice(0, 32));
  });

  it('tells repositories, runs and attempts apart', async () => {
    const runs = [RUN, { ...RUN, runId: '1' }, { ...RUN, runAttempt: '2' }, { ...RUN, repositoryId: '1' }];
    const ids = await Promise.all(runs.map(async (run) => (await traceOf(run)).traceId));
    expect(new Set(ids).size).toBe(runs.length);
  });

  it('joins the trace of a valid traceparent, also of a later version', async () => {
    for (const incoming of [
      VALID,
      VALID.replace(/01$/, '00'),
      `cc${VALID.slice(2)}`,
      `01${VALID.slice(2)}-more-fields`,
    ]) {
      const trace = await traceOf(RUN, incoming);
      expect(trace.traceId).toBe(TRACE_ID);
      expect(trace.spanId).not.toBe('b7ad6b7169203331');
    }
  });

  it.each([
    ['nothing', ''],
    ['version ff', `ff${VALID.slice(2)}`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['a parent id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['upper case', VALID.toUpperCase()],
    ['a short trace id', `00-${TRACE_ID.slice(1)}-b7ad6b7169203331-01`],
    ['a long parent id', `00-${TRACE_ID}-b7ad6b71692033310-01`],
    ['no flags', VALID.slice(0, -3)],
    ['more fields in version 00', `${VALID}-more`],
    ['text after the flags', `01${VALID.slice(2)}more`],
    ['white space', ` ${VALID}`],
    ['a line break', `${VALID}\n`],
    ['letters beyond f', VALID.replace('0af', '0ag')],
  ])('ignores a traceparent with %s', async (_, incoming) => {
    expect((await traceOf(RUN, incoming)).traceId).toBe((await traceOf(RUN)).traceId);
  });

  it('property: its ids make a valid traceparent that it reads back', async () => {
    const text = fc.string();
    const runs = fc.record({ repository: text, repositoryId: text, runId: text, runAttempt: text });
    await fc.assert(
      fc.asyncProperty(runs, fc.string(), async (run, incoming) => {
        const trace = await traceOf(run, incoming);
        const header = `00-${trace.traceId}-${trace.spanId}-01`;
        expect(header).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
        expect((await traceOf(RUN, header)).traceId).toBe(trace.traceId);
      }),
    );
  });
});
