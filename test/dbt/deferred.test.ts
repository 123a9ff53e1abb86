import { describe, expect, it } from 'vitest';
import { parseCommands } from '../../src/dbt/command.ts';
import { waitsFor } from '../../src/dbt/deferred.ts';
import { planFailure } from '../../src/dbt/plan-failure.ts';
import { readSelectors } from '../../src/dbt/read-artifacts.ts';
import { bytes } from '../support/evidence.ts';

const FRESHER = { definition: { union: [{ method: 'source_status', value: 'fresher', children: true }] } };

/** The line that the last of these lines waits for. */
async function waited(lines: string, selectors: Record<string, unknown> = {}): Promise<string | null> {
  const commands = parseCommands(lines);
  const last = commands.at(-1);
  if (last === undefined) throw new Error('no command');
  return (await waitsFor(last, commands.slice(0, -1), async () => selectors))?.text ?? null;
}

it('FF-A3 a selection by source_status with no freshness before it is told what it needs', () => {
  const reason = 'No current state comparison freshness results in sources.json';
  expect(planFailure('resolve the selection', reason, 'DbtInternalError').hint).toContain(
    '`source freshness`',
  );
  expect(planFailure('read the project', 'a typo', '').hint).not.toContain('source freshness');
});

describe('which commands wait for an earlier one', () => {
  it.each([
    ['source freshness\nbuild --select source_status:fresher+ --state prev', {}],
    ['source freshness\nbuild --state=prev --select=1+source_status:fresher,tag:x', {}],
    ['source freshness\nrun -s tag:x --exclude source_status:fresher --state prev', {}],
    ['source freshness\nbuild --selector nightly --state prev', { nightly: FRESHER }],
    ['source freshness\nbuild --select selector:nightly+ --state prev', { nightly: FRESHER }],
    ['source freshness\nbuild --state prev', { nightly: { ...FRESHER, default: true } }],
    ['seed\nsource freshness\ntest\nbuild --select source_status:fresher+ --state prev', {}],
  ])('FF-A3 %j waits for the freshness', async (lines, selectors) => {
    expect(await waited(lines, selectors)).toBe('source freshness');
  });

  it.each([
    ['build --select source_status:fresher+ --state prev\nsource freshness', {}],
    ['build --select source_status:fresher+ --state prev', {}],
    ['source freshness\nbuild --select orders', { nightly: { ...FRESHER, default: true } }],
    ['source freshness\nbuild --selector other', { nightly: FRESHER, other: { definition: 'tag:x' } }],
    ['source freshness\nbuild', { nightly: FRESHER }],
  ])('FF-A3 %j waits for nothing', async (lines, selectors) => {
    expect(await waited(lines, selectors)).toBeNull();
  });

  it('asks for the selectors only when they can matter', async () => {
    const never = () => Promise.reject(new Error('asked'));
    const [freshness, build] = parseCommands('source freshness\nbuild -s x');
    if (freshness === undefined || build === undefined) throw new Error('no commands');
    expect(await waitsFor(build, [freshness], never)).toBeNull();
    expect(await waitsFor(build, [], never)).toBeNull();
    await expect(waitsFor({ ...build, args: [] }, [freshness], never)).rejects.toThrow('asked');
  });

  it('reads the selectors from the manifest', () => {
    expect(readSelectors(bytes(JSON.stringify({ selectors: { nightly: FRESHER } })))).toEqual({
      nightly: FRESHER,
    });
    expect(readSelectors(bytes('{}'))).toEqual({});
  });
});
